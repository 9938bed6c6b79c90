package app;

import io.github.belfry.WorkerPool;

/** Starts a pool of a bundled worker; the library is a jar within the jar. */
public class Main {
    public static void main(String[] args) throws Exception {
        String jar = WorkerPool.class.getProtectionDomain().getCodeSource().getLocation() + "";
        System.out.println(jar.replaceAll(".*app.jar", ""));
        try (WorkerPool pool = WorkerPool.bundled("upper").workers(2).start()) {
            System.out.println(new String(pool.call("called".getBytes())));
        }
    }
}
