package io.github.belfry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class SignalTest {
    @Test
    void numbersAndNamesAreTheSystems() throws Exception {
        Process kill = new ProcessBuilder("bash", "-c", "for n in {1..64}; do echo $n $(kill -l $n); done").start();
        Map<Integer, String> names = new TreeMap<>();
        kill.inputReader()
                .lines()
                .map(line -> line.split(" "))
                .filter(parts -> parts.length == 2)
                .forEach(parts -> names.put(Integer.valueOf(parts[0]), parts[1]));
        assertThat(names).hasSizeGreaterThan(60);
        names.forEach((number, name) -> {
            if (!name.startsWith("RTMAX")) {
                assertThat(Signal.of(number).name()).isEqualTo(name);
                assertThat(Signal.of(name)).isSameAs(Signal.of(number));
            }
        });
    }

    @Test
    void aNameMayStartWithSig() {
        assertThat(Signal.of("SIGUSR1"))
                .isSameAs(Signal.of("USR1"))
                .isSameAs(Signal.USR1)
                .isSameAs(Signal.of(10));
        assertThat(Signal.USR1).hasToString("SIGUSR1");
        assertThat(Signal.USR1.name()).isEqualTo("USR1");
    }

    @Test
    void realTimeSignalsCountFrom34() {
        assertThat(Signal.rt(0).number()).isEqualTo(34);
        assertThat(Signal.rt(3).name()).isEqualTo("RTMIN+3");
        assertThat(Signal.rt(3)).isSameAs(Signal.of("SIGRTMIN+3"));
        assertThat(Signal.rt(30)).isSameAs(Signal.of("RTMAX")).isSameAs(Signal.of(64));
    }

    @Test
    void whatIsNoSignalIsRefused() {
        for (int number : new int[] {0, -1, 65}) {
            assertThatThrownBy(() -> Signal.of(number)).isInstanceOf(IllegalArgumentException.class);
        }
        for (String name : new String[] {"", "SIG", "usr1", "USR3", "RTMIN+31"}) {
            assertThatThrownBy(() -> Signal.of(name))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("'" + name + "'");
        }
        assertThatThrownBy(() -> Signal.rt(31)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> Signal.rt(-1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> Signal.of(null)).isInstanceOf(NullPointerException.class);
    }
}
