package io.github.belfry.internal.sys;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.belfry.WorkerProcess;
import io.github.belfry.support.OtherVm;
import io.github.belfry.support.ProcFs;
import io.github.belfry.support.TestPrograms;
import io.github.belfry.support.TmpFs;
import java.lang.reflect.Method;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import org.apache.commons.io.FileUtils;
import org.apache.commons.io.IOUtils;
import org.apache.commons.io.file.PathUtils;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.io.TempDir;

class NativeLibraryTest {
    @TempDir
    Path temp;

    private Path shim;

    @BeforeEach
    void copyShim() throws Exception {
        shim = temp.resolve("own/libbelfry.so");
        FileUtils.copyInputStreamToFile(Platform.open(Platform.resource("libbelfry.so")), shim.toFile());
    }

    private OtherVm loader() {
        return OtherVm.java(LoadMain.class);
    }

    @Test
    void theBundledShimLeavesNoFileBehind() throws Exception {
        Path copies = Files.createDirectory(temp.resolve("copies"));
        assertThat(OtherVm.run(loader().option("-Djava.io.tmpdir=" + copies)))
                .contains("loaded from " + copies + "/belfry-");
        assertThat(copies).isEmptyDirectory();
    }

    /** The shim looks into the stack for the name of its package. */
    @Test
    void aVmThatKeepsNoStackTracesLoadsItAsWell() throws Exception {
        assertThat(OtherVm.run(loader().option("-XX:-StackTraceInThrowable"))).contains("loaded from ");
    }

    /** A VM that was killed between two system calls leaves it. */
    @Test
    void theNameThatAKilledVmHasLeftIsRemoved() throws Exception {
        Path copies = Files.createDirectory(temp.resolve("copies"));
        Files.createFile(copies.resolve("belfry-7f1c0ac4-0b5e-4c7d-9a7e-3d1f5a2b6c90-libbelfry.so"));
        Path other = Files.createFile(copies.resolve("belfry.so"));
        OtherVm.run(loader().option("-Djava.io.tmpdir=" + copies));
        assertThat(copies.toFile().listFiles()).containsExactly(other.toFile());
    }

    @Test
    void aNamedShimIsLoadedFromAPrivateCopy() throws Exception {
        assertThat(OtherVm.run(
                        loader().option("-Dbelfry.library.path=" + shim).option("-Dbelfry.copy.directory=" + temp)))
                .contains("loaded from " + temp + "/belfry-");
        assertThat(shim).exists();
    }

    @Test
    void aNamedShimHasNoFallback() throws Exception {
        Path missing = temp.resolve("missing.so");
        assertThat(OtherVm.run(loader().option("-Dbelfry.library.path=" + missing)))
                .contains("UnsatisfiedLinkError: cannot load libbelfry.so:")
                .contains("belfry.library.path=" + missing + ": no such file");
        Path text = Files.writeString(temp.resolve("text.so"), "no library\n".repeat(1000));
        assertThat(OtherVm.run(loader().option("-Dbelfry.library.path=" + text)))
                .contains("invalid ELF header");
    }

    @Test
    void whereNothingCanBeCopiedTheNamedFileItselfIsLoadedForOneLoaderOnly() throws Exception {
        assertThat(OtherVm.run(loader().option("-Dbelfry.library.path=" + shim)
                        .option("-Dbelfry.copy.directory=" + temp.resolve("none"))
                        .argument("twice")))
                .contains("loaded from " + shim)
                .contains("copy into " + temp.resolve("none"))
                .contains("already loaded in another classloader");
    }

    @Test
    void eachClassLoaderLoadsACopyOfItsOwn() throws Exception {
        for (String option : List.of("-Dx=y", "-Dbelfry.library.path=" + shim)) {
            String output = OtherVm.run(loader().option(option)
                    .option("-Dbelfry.copy.directory=" + temp)
                    .argument("twice"));
            assertThat(output.lines()
                            .filter(line -> line.startsWith("loaded from"))
                            .distinct()
                            .count())
                    .isEqualTo(2);
        }
    }

    @Test
    void withoutAPlaceForACopyTheErrorListsEachAttempt() throws Exception {
        assertThat(OtherVm.run(loader().option("-Dbelfry.copy.directory=" + temp.resolve("none"))))
                .contains("UnsatisfiedLinkError: cannot load libbelfry.so:")
                .contains("bundled /META-INF/native/")
                .contains("copy into " + temp.resolve("none") + ": java.nio.file.NoSuchFileException");
    }

    @Test
    void aTemporaryDirectoryThatIsMountedNoexecIsPassedOver() throws Exception {
        try (TmpFs tmpfs = TmpFs.mount(temp.resolve("noexec"), "noexec")) {
            Path mount = tmpfs.path();
            Path home = Files.createDirectories(temp.resolve("home/.cache")).getParent();
            assertThat(OtherVm.run(loader().option("-Djava.io.tmpdir=" + mount).option("-Duser.home=" + home)))
                    .contains("loaded from " + home + "/.cache/belfry-");
            assertThat(mount).isEmptyDirectory();
            assertThat(home.resolve(".cache")).isEmptyDirectory();
            assertThat(OtherVm.run(loader().option("-Dbelfry.copy.directory=" + mount)))
                    .contains("failed to map segment");
            assertThat(OtherVm.run(
                            loader().option("-Djava.io.tmpdir=" + mount).option("-Dbelfry.copy.directory=" + temp)))
                    .contains("loaded from " + temp + "/belfry-");
        }
    }

    @Test
    void whereDirectoriesCannotBeReadANamedCopyIsLoaded() throws Exception {
        Path copies = Files.createDirectory(temp.resolve("copies"));
        assertThat(OtherVm.run(loader().prepend(TestPrograms.path("refuse"), "5", "getdents64")
                        .option("-Dbelfry.copy.directory=" + copies)))
                .containsPattern("loaded from " + copies + "/belfry-[0-9]+/libbelfry.so");
        assertThat(copies).isEmptyDirectory();
    }

    @Test
    void anUnknownPlatformIsToldWhatToDo() throws Exception {
        assertThat(OtherVm.run(loader().option("-Dos.arch=riscv64")))
                .contains("bundled /META-INF/native/linux-riscv64/libbelfry.so: Belfry has natives for linux-x86_64 and")
                .contains("use a 64-bit VM on one of these");
    }

    @Test
    @EnabledForJreRange(minVersion = 24)
    void aVmThatAllowsNoNativesIsToldHowToAndKeepsNoCopy() throws Exception {
        ProcessBuilder denied = loader().option("--illegal-native-access=deny").builder();
        denied.command().remove("--enable-native-access=ALL-UNNAMED");
        Process vm = denied.start();
        assertThat(IOUtils.toString(vm.getInputStream(), StandardCharsets.UTF_8))
                .contains("UnsatisfiedLinkError: cannot load libbelfry.so: this VM lets only chosen modules load")
                .contains("start it with --enable-native-access=ALL-UNNAMED")
                .contains("IllegalCallerException")
                .contains("copies left open: 0");
        assertThat(vm.waitFor()).isZero();
    }

    @Test
    void theCopyIsPrivate() throws Exception {
        try (PrivateCopy copy = PrivateCopy.create(temp, "name", Files.newInputStream(shim))) {
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(copy.file())))
                    .isEqualTo("rwx------");
            assertThat(PosixFilePermissions.toString(
                            Files.getPosixFilePermissions(copy.file().getParent())))
                    .isEqualTo("rwx------");
            assertThat(copy.file()).hasSameBinaryContentAs(shim);
        }
        assertThat(temp.toFile().list()).containsExactly("own");
    }

    @Test
    void manyVmsLoadAtOnce() throws Exception {
        Path copies = Files.createDirectory(temp.resolve("copies"));
        List<Process> vms = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            vms.add(loader().option("-Djava.io.tmpdir=" + copies).builder().start());
        }
        for (Process vm : vms) {
            assertThat(IOUtils.toString(vm.getInputStream(), StandardCharsets.UTF_8))
                    .contains("loaded from " + copies);
            assertThat(vm.waitFor()).isZero();
        }
        assertThat(PathUtils.isEmptyDirectory(copies)).isTrue();
    }

    /** Loads the library, once more in a second class loader if asked to, and uses it in each. */
    static final class LoadMain {
        public static void main(String[] args) throws Exception {
            report(LoadMain.class);
            if (args.length > 0) {
                List<URL> urls = new ArrayList<>();
                for (String entry : System.getProperty("java.class.path").split(":")) {
                    urls.add(Path.of(entry).toUri().toURL());
                }
                try (URLClassLoader second =
                        new URLClassLoader(urls.toArray(URL[]::new), ClassLoader.getPlatformClassLoader())) {
                    report(second.loadClass(LoadMain.class.getName()));
                }
            }
        }

        private static void report(Class<?> main) throws Exception {
            Method use = main.getDeclaredMethod("use");
            use.setAccessible(true);
            List<String> before = mapped();
            System.out.println(use.invoke(null));
            mapped().stream()
                    .filter(file -> !before.contains(file))
                    .forEach(file -> System.out.println("loaded from " + file));
        }

        static String use() throws Exception {
            try {
                return WorkerProcess.command("true").start().waitFor().toString();
            } catch (LinkageError e) {
                long copies = ProcFs.descriptors().stream()
                        .filter(target -> target.contains("libbelfry.so"))
                        .count();
                return e + ", " + e.getCause() + ", copies left open: " + copies;
            }
        }

        private static List<String> mapped() throws Exception {
            return ProcFs.maps().stream()
                    .filter(line -> line.contains("libbelfry.so"))
                    .map(line -> line.replaceAll("^[^/]*", "").replace(" (deleted)", ""))
                    .distinct()
                    .toList();
        }
    }
}
