package io.github.belfry.consumers;

import static org.assertj.core.api.Assertions.assertThat;

import com.networknt.schema.InputFormat;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.zip.ZipFile;
import org.junit.jupiter.api.Test;

/** What GraalVM's native-image reads in the jar. That it is all there is to say, a test of the library shows. */
class NativeImageIT {
    private static final Path SCHEMAS = Path.of(System.getProperty("belfry.test.schemas"));

    private static String read(Path archive, String entry) throws IOException {
        try (ZipFile zip = new ZipFile(archive.toFile())) {
            return new String(zip.getInputStream(zip.getEntry(entry)).readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    @Test
    void itsMetadataIsAsTheSchemaSays() throws Exception {
        Schema schema = SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2019_09)
                .getSchema(read(SCHEMAS, "schemas/reachability-metadata-schema-v1.2.0.json"));
        String metadata = read(
                Project.JAR, "META-INF/native-image/io.github.belfry/belfry/reachability-metadata.json");
        assertThat(schema.validate(metadata, InputFormat.JSON)).isEmpty();
        String misspelt = metadata.replace("jniAccessible", "jniAccessable");
        assertThat(schema.validate(misspelt, InputFormat.JSON)).isNotEmpty();
    }
}
