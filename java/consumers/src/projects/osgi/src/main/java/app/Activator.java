package app;

import io.github.belfry.WorkerPool;
import java.util.function.UnaryOperator;
import org.osgi.framework.BundleActivator;
import org.osgi.framework.BundleContext;

/** Has a pool of a bundled worker as long as the bundle is started, and offers what it does as a service. */
public class Activator implements BundleActivator {
    private WorkerPool pool;

    @Override
    public void start(BundleContext context) throws Exception {
        pool = WorkerPool.bundled("upper").workers(2).start();
        UnaryOperator<String> upper = text -> new String(pool.call(text.getBytes()));
        context.registerService(UnaryOperator.class, upper, null);
    }

    @Override
    public void stop(BundleContext context) {
        pool.close();
    }
}
