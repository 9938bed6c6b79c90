package io.github.belfry.internal.sys;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.belfry.support.Await;
import java.io.IOException;
import java.io.InputStream;
import java.lang.ref.WeakReference;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

class DaemonThreadTest {
    private final CountDownLatch done = new CountDownLatch(1);

    @Test
    void itHasNoContextClassLoader() throws Exception {
        Thread thread = DaemonThread.start("belfry-test", this::awaitDone);
        assertThat(thread.getContextClassLoader()).isNull();
        assertThat(thread.isDaemon()).isTrue();
        done.countDown();
        thread.join();
    }

    /** Of several applications that share the library, one may be gone while the threads that it started go on. */
    @Test
    void itKeepsNothingOfTheApplicationThatStartedIt() throws Exception {
        WeakReference<Loader> application = new WeakReference<>(startInAnApplication());
        Await.until("the application is collected", () -> {
            System.gc();
            return application.get() == null;
        });
        done.countDown();
    }

    private Loader startInAnApplication() throws Exception {
        Loader loader = new Loader();
        Runnable starter = (Runnable)
                loader.define(Application.class).getConstructor(Runnable.class).newInstance((Runnable) this::awaitDone);
        Thread caller = new Thread((ThreadGroup) starter, starter);
        caller.setContextClassLoader(loader);
        caller.start();
        caller.join();
        return loader;
    }

    private void awaitDone() {
        try {
            done.await();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /** Starts the thread, from a thread of this group. */
    public static final class Application extends ThreadGroup implements Runnable {
        private final Runnable work;

        @SuppressWarnings("removal") // Before JDK 19 a parent keeps groups that aren't daemons.
        public Application(Runnable work) {
            super("application");
            setDaemon(true);
            this.work = work;
        }

        @Override
        public void run() {
            DaemonThread.start("belfry-test", work);
        }
    }

    /** Has classes of its own, and all others from the tests. */
    private static final class Loader extends ClassLoader {
        Loader() {
            super(DaemonThreadTest.class.getClassLoader());
        }

        Class<?> define(Class<?> type) throws IOException {
            String file = "/" + type.getName().replace('.', '/') + ".class";
            try (InputStream in = Objects.requireNonNull(type.getResourceAsStream(file))) {
                byte[] bytes = in.readAllBytes();
                return defineClass(type.getName(), bytes, 0, bytes.length);
            }
        }
    }
}
