package io.github.belfry.benchmarks;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.Strictness;
import com.google.gson.TypeAdapter;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonWriter;
import com.google.gson.stream.MalformedJsonException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.Objects;
import java.util.zip.DataFormatException;
import org.HdrHistogram.Histogram;

/** A {@link Report} as a file that a later run reads; histograms are compressed, in base64. */
final class JsonReport {
    private static final int VERSION = 1;
    private static final String FORMAT = "format";
    private static final String REPORT = "report";

    private static final Gson GSON = new GsonBuilder()
            .setStrictness(Strictness.STRICT)
            .setPrettyPrinting()
            .disableHtmlEscaping()
            .registerTypeAdapter(Histogram.class, new Compressed())
            .create();

    private JsonReport() {}

    static String write(Report report) {
        JsonObject file = new JsonObject();
        file.addProperty(FORMAT, VERSION);
        file.add(REPORT, GSON.toJsonTree(report));
        return GSON.toJson(file) + "\n";
    }

    /** Whatever is wrong, the exception names the file and the reason. */
    static Report read(Path file) throws IOException {
        if (!Files.isRegularFile(file)) {
            throw new IOException(file + ": no such file");
        }
        String text = Files.readString(file);
        try {
            JsonObject content = Objects.requireNonNull(GSON.fromJson(text, JsonObject.class), "it is empty");
            checkFormat(content.get(FORMAT));
            return Objects.requireNonNull(GSON.fromJson(content.get(REPORT), Report.class), "it has no report");
        } catch (RuntimeException e) { // what Gson, records and histograms throw has no other type in common
            throw new IOException(file + " isn't a report of benchmarks: " + reason(e), e);
        }
    }

    private static void checkFormat(JsonElement format) {
        if (format == null || !format.isJsonPrimitive() || !format.getAsString().equals(Integer.toString(VERSION))) {
            throw new IllegalArgumentException("its format is " + format + ", this program reads " + VERSION);
        }
    }

    private static String reason(Throwable e) {
        Throwable first = e;
        while (first.getCause() != null) {
            first = first.getCause();
        }
        return first instanceof MalformedJsonException
                ? "it isn't JSON" // its own message tells how to call Gson
                : Objects.requireNonNullElse(first.getMessage(), first.toString());
    }

    private static final class Compressed extends TypeAdapter<Histogram> {
        @Override
        public void write(JsonWriter out, Histogram histogram) throws IOException {
            out.value(Base64.getEncoder().encodeToString(Latencies.encode(histogram)));
        }

        @Override
        public Histogram read(JsonReader in) throws IOException {
            try {
                return Latencies.decode(Base64.getDecoder().decode(in.nextString()));
            } catch (DataFormatException e) {
                throw new IllegalArgumentException("a histogram is broken: " + e.getMessage(), e);
            }
        }
    }
}
