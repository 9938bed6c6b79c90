package io.github.belfry;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Each package uses only the layers below it, and of the public names only values, the listener and exceptions. */
class LayersTest {
    private static final String PUBLIC = "io.github.belfry";
    private static final String INTERNAL = PUBLIC + ".internal.";

    private static final Map<String, Set<String>> MAY_USE = Map.of(
            "pool", Set.of("ring", "process", "memory", "sys"),
            "ring", Set.of("memory", "sys"),
            "process", Set.of("memory", "sys"),
            "memory", Set.of("sys"),
            "sys", Set.of());

    /** Of the public package, what is passed through: values, and what users implement. */
    private static final Set<String> VALUES =
            Set.of("Signal", "WorkerExit", "Doorbell", "PoolListener", "WorkerInfo", "RequestWriter");

    private static final JavaClasses CLASSES = new ClassFileImporter()
            .importUrl(WorkerPool.class.getProtectionDomain().getCodeSource().getLocation());

    @ParameterizedTest
    @ValueSource(strings = {"pool", "ring", "process", "memory", "sys"})
    void aLayerUsesOnlyThoseBelowIt(String layer) {
        List<Dependency> arrows = arrowsFrom(layer);
        assertThat(arrows).as("arrows from " + layer).isNotEmpty();
        assertThat(arrows.stream().filter(arrow -> !isAllowed(layer, arrow.getTargetClass())))
                .isEmpty();
    }

    @Test
    void everyPackageIsALayer() {
        assertThat(CLASSES)
                .extracting(JavaClass::getPackageName)
                .allMatch(name -> name.equals(PUBLIC) || MAY_USE.containsKey(layer(name)));
    }

    private static List<Dependency> arrowsFrom(String layer) {
        return CLASSES.stream()
                .filter(from -> layer(from.getPackageName()).equals(layer))
                .flatMap(from -> from.getDirectDependenciesFromSelf().stream())
                .toList();
    }

    private static boolean isAllowed(String from, JavaClass target) {
        JavaClass to = target.getBaseComponentType();
        String name = to.getPackageName();
        if (!name.startsWith(PUBLIC)) {
            return true;
        }
        if (name.equals(PUBLIC)) {
            return to.isAssignableTo(Exception.class) || VALUES.contains(outermost(to));
        }
        return layer(name).equals(from) || MAY_USE.get(from).contains(layer(name));
    }

    private static String outermost(JavaClass nested) {
        return nested.getEnclosingClass().map(LayersTest::outermost).orElse(nested.getSimpleName());
    }

    private static String layer(String packageName) {
        return packageName.startsWith(INTERNAL) ? packageName.substring(INTERNAL.length()) : packageName;
    }
}
