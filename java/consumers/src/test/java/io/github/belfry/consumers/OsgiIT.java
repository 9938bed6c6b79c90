package io.github.belfry.consumers;

import static org.assertj.core.api.Assertions.assertThat;

import aQute.bnd.header.Parameters;
import aQute.bnd.osgi.Jar;
import aQute.bnd.osgi.Verifier;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Constants;
import org.osgi.framework.launch.Framework;
import org.osgi.framework.launch.FrameworkFactory;

/** The jar is a bundle. */
class OsgiIT {
    private static final long STOP_MILLIS = 30_000;

    @TempDir
    Path temp;

    @Test
    void bndFindsNoFaultInTheHeaders() throws Exception {
        try (Jar jar = new Jar(Project.JAR.toFile());
                Verifier verifier = new Verifier(jar)) {
            verifier.verify();
            assertThat(verifier.getErrors()).isEmpty();
            assertThat(verifier.getWarnings()).isEmpty();
        }
    }

    private static Parameters header(Jar jar, String name) throws Exception {
        return new Parameters(jar.getManifest().getMainAttributes().getValue(name));
    }

    @Test
    void itExportsThePublicPackageAndNeedsNothingButJava17() throws Exception {
        try (Jar jar = new Jar(Project.JAR.toFile())) {
            assertThat(header(jar, Constants.BUNDLE_SYMBOLICNAME).keySet()).containsExactly("io.github.belfry");
            assertThat(header(jar, Constants.EXPORT_PACKAGE).keySet()).containsExactly("io.github.belfry");
            assertThat(header(jar, Constants.IMPORT_PACKAGE).values())
                    .allMatch(imported -> "optional".equals(imported.get(Constants.RESOLUTION_DIRECTIVE + ":")));
            assertThat(header(jar, Constants.REQUIRE_CAPABILITY).get("osgi.ee").get("filter:"))
                    .isEqualTo("(&(osgi.ee=JavaSE)(version=17))");
        }
    }

    /** They don't keep it from being resolved on another platform. */
    @Test
    void itsHeadersNameTheShimsThatAreInTheJar() throws Exception {
        try (Jar jar = new Jar(Project.JAR.toFile())) {
            List<String> natives = new ArrayList<>(jar.getResources().keySet());
            natives.removeIf(path -> !path.endsWith("/libbelfry.so"));
            natives.add("*");
            assertThat(header(jar, Constants.BUNDLE_NATIVECODE).keySet()).containsExactlyInAnyOrderElementsOf(natives);
        }
    }

    @Test
    @SuppressWarnings("unchecked")
    void aBundleThatImportsItStartsWorkers() throws Exception {
        Project.copy("osgi", temp).mvn("package");
        Framework framework = ServiceLoader.load(FrameworkFactory.class)
                .findFirst()
                .orElseThrow()
                .newFramework(Map.of(Constants.FRAMEWORK_STORAGE, temp.resolve("storage") + ""));
        framework.start();
        try {
            BundleContext context = framework.getBundleContext();
            Bundle library = context.installBundle(Project.JAR.toUri() + "");
            Bundle app = context.installBundle(temp.resolve("osgi/target/app.jar").toUri() + "");
            app.start();
            UnaryOperator<String> upper = context.getService(context.getServiceReference(UnaryOperator.class));
            assertThat(upper.apply("called")).isEqualTo("CALLED");
            assertThat(library.getState()).isEqualTo(Bundle.RESOLVED);
            app.stop();
        } finally {
            framework.stop();
            framework.waitForStop(STOP_MILLIS);
        }
    }
}
