package io.github.belfry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.InvalidObjectException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.lang.reflect.Constructor;
import java.lang.reflect.Modifier;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What a framework or another VM sees of the exceptions: one supertype, public constructors, whole when serialized. */
class WorkerExceptionTest {
    private static final WorkerExit SEGV = new WorkerExit.Signaled(Signal.SEGV, true);

    private static final CompletedProcess FAILED =
            new CompletedProcess(List.of("sort", "-x"), SEGV, new byte[] {1, 2}, new byte[] {3});

    static List<Exception> all() {
        return List.of(
                new WorkerStartException("no file", "execve", "ENOENT"),
                new WorkerStartException("not ready", "ready", "", SEGV, "no model"),
                new ProcessFailedException(FAILED),
                new ProcessTimeoutException(Duration.ofMillis(7), FAILED),
                new WorkerFaultException(7, new byte[] {1, 2}),
                new WorkerDiedException("died", SEGV, 3, "tail"),
                new RequestTimeoutException("late"),
                new RequestTimeoutException("no room", false),
                new PoolUnavailableException("closed"),
                new PoolUnavailableException("refused", false),
                new RequestInterruptedException("while it ran"),
                new RequestInterruptedException("before", false));
    }

    @SuppressWarnings("unchecked")
    private static <T> T roundTrip(T object) throws Exception {
        return (T) read(written(object));
    }

    private static byte[] written(Object object) throws Exception {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
            out.writeObject(object);
        }
        return bytes.toByteArray();
    }

    private static Object read(byte[] bytes) throws Exception {
        try (ObjectInputStream in = new ObjectInputStream(new ByteArrayInputStream(bytes))) {
            return in.readObject();
        }
    }

    @ParameterizedTest
    @MethodSource("all")
    void eachIsTheSameAfterARoundTrip(Exception before) throws Exception {
        Exception after = roundTrip(before);
        assertThat(after)
                .hasSameClassAs(before)
                .hasMessage(before.getMessage())
                .usingRecursiveComparison()
                .ignoringFieldsMatchingRegexes("cause", "stackTrace", "suppressedExceptions")
                .isEqualTo(before);
    }

    /** A new one has to be in the list. */
    @Test
    void noPublicExceptionIsForgotten() {
        JavaClasses classes = new ClassFileImporter()
                .importUrl(WorkerProcess.class.getProtectionDomain().getCodeSource().getLocation());
        assertThat(classes.stream()
                        .filter(type -> type.getPackageName().equals("io.github.belfry"))
                        .filter(type -> type.isAssignableTo(Throwable.class))
                        .filter(type -> !type.getModifiers().contains(JavaModifier.ABSTRACT))
                        .map(JavaClass::reflect))
                .containsExactlyInAnyOrderElementsOf(
                        all().stream().map(Object::getClass).distinct().toList());
    }

    @Test
    void whatTheyCarryIsTheSameAfterARoundTrip() throws Exception {
        WorkerStartException start = roundTrip(new WorkerStartException("x", "ready", "", SEGV, "tail"));
        assertThat(start.exit()).contains(SEGV);
        assertThat(start.stderrTail()).isEqualTo("tail");
        ProcessTimeoutException late = roundTrip(new ProcessTimeoutException(Duration.ofMillis(7), FAILED));
        assertThat(late.timeout()).isEqualTo(Duration.ofMillis(7));
        assertThat(late.process()).isEqualTo(FAILED);
        assertThat(roundTrip(new ProcessFailedException(FAILED)).process()).isEqualTo(FAILED);
        assertThat(roundTrip(FAILED)).isEqualTo(FAILED).isNotSameAs(FAILED);
        WorkerException refused = roundTrip(new RequestTimeoutException("no room", false));
        assertThat(refused.mayHaveRun()).isFalse();
        for (WorkerExit exit : List.of(SEGV, new WorkerExit.Exited(7), new WorkerExit.Lost())) {
            assertThat(roundTrip(exit)).isEqualTo(exit);
        }
    }

    @Test
    void anExitAndItsCauseAreWholeAfterARoundTrip() throws Exception {
        WorkerStartException cause = new WorkerStartException("not ready", "ready", "", SEGV, "no model");
        WorkerDiedException after = roundTrip(new WorkerDiedException("died", new WorkerExit.Lost(), 2, "tail", cause));
        assertThat(after.exit()).isEqualTo(new WorkerExit.Lost());
        assertThat(after.attempts()).isEqualTo(2);
        assertThat(after.stderrTail()).isEqualTo("tail");
        assertThat(after).cause().isInstanceOfSatisfying(WorkerStartException.class, start -> {
            assertThat(start.exit()).contains(SEGV);
            assertThat(start.stderrTail()).isEqualTo("no model");
        });
    }

    @Test
    void aSignalIsTheSameInstanceAfterARoundTrip() throws Exception {
        assertThat(roundTrip(Signal.USR1)).isSameAs(Signal.USR1);
        assertThat(roundTrip(Signal.rt(3))).isSameAs(Signal.rt(3));
    }

    @Test
    void bytesThatNameNoSignalAreRefused() throws Exception {
        byte[] bytes = written(Signal.USR1);
        assertThat(bytes[bytes.length - 1]).isEqualTo((byte) 10);
        bytes[bytes.length - 1] = 99;
        assertThatThrownBy(() -> read(bytes))
                .isInstanceOf(InvalidObjectException.class)
                .hasMessageContaining("99");
    }

    /** So that a user's own mock can throw them. */
    @Test
    void everyConstructorIsPublic() {
        List<Constructor<?>> constructors = Stream.concat(
                        Stream.of(WorkerException.class), all().stream().map(Object::getClass))
                .<Constructor<?>>flatMap(type -> Stream.of(type.getDeclaredConstructors()))
                .toList();
        assertThat(constructors).hasSizeGreaterThan(10).allMatch(each -> Modifier.isPublic(each.getModifiers()));
    }

    @Test
    void theCallerMayChangeTheBytesThatItGaveAsDetail() {
        byte[] detail = {1, 2};
        WorkerFaultException fault = new WorkerFaultException(7, detail);
        detail[0] = 9;
        assertThat(fault.detail()).containsExactly(1, 2);
        assertThat(fault.mayHaveRun()).isTrue();
    }

    @Test
    void onlyCodeZeroIsASuccess() {
        assertThat(new WorkerExit.Exited(0).succeeded()).isTrue();
        assertThat(new WorkerExit.Exited(1).succeeded()).isFalse();
        assertThat(SEGV.succeeded()).isFalse();
        assertThat(new WorkerExit.Lost().succeeded()).isFalse();
    }
}
