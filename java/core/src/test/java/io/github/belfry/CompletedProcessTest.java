package io.github.belfry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class CompletedProcessTest {
    private static final WorkerExit GOOD = new WorkerExit.Exited(0);

    private static CompletedProcess process(String command, WorkerExit exit, String stdout, String stderr) {
        return new CompletedProcess(
                List.of(command),
                exit,
                stdout.getBytes(StandardCharsets.UTF_8),
                stderr.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void theyAreEqualByContent() {
        CompletedProcess one = process("cat", GOOD, "out", "err");
        assertThat(one)
                .isEqualTo(process("cat", GOOD, "out", "err"))
                .hasSameHashCodeAs(process("cat", GOOD, "out", "err"))
                .isNotEqualTo(process("tac", GOOD, "out", "err"))
                .isNotEqualTo(process("cat", new WorkerExit.Exited(1), "out", "err"))
                .isNotEqualTo(process("cat", GOOD, "", "err"))
                .isNotEqualTo(process("cat", GOOD, "out", ""))
                .isNotEqualTo("cat");
        assertThat(one)
                .hasToString("CompletedProcess[command=[cat], exit=Exited[code=0], stdout=3 bytes, stderr=3 bytes]");
    }

    @Test
    void outputIsTextAsItIs() {
        CompletedProcess process = process("cat", GOOD, " gr\u00fc\u00df\n\n", "err\r\n");
        assertThat(process.output()).isEqualTo(" gr\u00fc\u00df\n\n");
        assertThat(process.error()).isEqualTo("err\r\n");
        byte[] latin1 = {(byte) 0xfc};
        assertThat(new CompletedProcess(List.of("x"), GOOD, latin1, latin1).output()).isEqualTo("\ufffd");
    }

    @Test
    void theCommandIsCopied() {
        List<String> command = new ArrayList<>(List.of("cat"));
        CompletedProcess process = new CompletedProcess(command, GOOD, new byte[0], new byte[0]);
        command.add("more");
        assertThat(process.command()).containsExactly("cat");
    }

    @Test
    void aMessageHasTheBeginningOfALongCommand() {
        CompletedProcess process = process("x".repeat(1000), new WorkerExit.Lost(), "", "");
        assertThatThrownBy(process::check)
                .isInstanceOf(ProcessFailedException.class)
                .hasMessage("x".repeat(200) + "...: Lost[]");
    }
}
