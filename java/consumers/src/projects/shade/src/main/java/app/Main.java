package app;

import io.github.belfry.Stdio;
import io.github.belfry.WorkerPool;
import io.github.belfry.WorkerProcess;

/** Starts a pool and a process from the bundled programs. */
public class Main {
    public static void main(String[] args) throws Exception {
        System.out.println(WorkerPool.class.getName());
        try (WorkerPool pool = WorkerPool.bundled("upper").workers(2).start()) {
            System.out.println(new String(pool.call("called".getBytes())));
        }
        try (WorkerProcess process = WorkerProcess.command("/no/such/program").start()) {
            System.out.println(process.pid());
        } catch (java.io.IOException e) {
            System.out.println(e.getMessage());
        }
        try (WorkerProcess process =
                WorkerProcess.command("echo", "written").stdout(Stdio.PIPE).start()) {
            process.stdout().transferTo(System.out);
            System.out.println(process.waitFor());
        }
    }
}
