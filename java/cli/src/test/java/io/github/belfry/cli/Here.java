package io.github.belfry.cli;

import java.io.PrintWriter;
import java.io.StringWriter;

/** What the command says and returns in this VM, where no process and no manifest is needed. */
record Here(int status, String out, String err) {
    static Here run(String... arguments) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        int status = Belfry.run(new PrintWriter(out, true), new PrintWriter(err, true), arguments);
        return new Here(status, out.toString(), err.toString());
    }

    /** Of words without spaces. */
    static Here runWords(String arguments) {
        return run(arguments.isEmpty() ? new String[0] : arguments.split(" "));
    }
}
