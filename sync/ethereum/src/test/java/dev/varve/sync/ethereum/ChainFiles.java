package dev.varve.sync.ethereum;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The real chain data beside the project, for tests, which are skipped where it is absent. */
public final class ChainFiles {

    private ChainFiles() {}

    /** The path of a data file; the calling test is skipped if it is not there. */
    public static Path path(String name) {
        Path path = Path.of(System.getProperty("varve.root"), "..", "shared", "data", name);
        assumeTrue(Files.exists(path), "no chain data at " + path);
        return path;
    }

    public static byte[] bytes(String name) {
        try {
            return Files.readAllBytes(path(name));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A file of one JSON object. */
    public static Map<String, Object> json(String name) {
        return json(bytes(name));
    }

    public static Map<String, Object> json(byte[] text) {
        try (JsonParser parser = new JsonFactory().createParser(text)) {
            parser.nextToken();
            return object(value(parser));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A file of one JSON object per line. */
    public static List<Map<String, Object>> jsonLines(InputStream in) {
        List<Map<String, Object>> lines = new ArrayList<>();
        try (JsonParser parser = new JsonFactory().createParser(in)) {
            while (parser.nextToken() != null) {
                lines.add(object(value(parser)));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return lines;
    }

    @SuppressWarnings("unchecked")
    public static Map<String, Object> object(@Nullable Object value) {
        return (Map<String, Object>) Objects.requireNonNull(value);
    }

    @SuppressWarnings("unchecked")
    public static List<Object> list(@Nullable Object value) {
        return (List<Object>) Objects.requireNonNull(value);
    }

    /** The value of a name that must be in the object. */
    public static Object field(@Nullable Object object, String name) {
        return Objects.requireNonNull(object(object).get(name), name);
    }

    /** Decodes hexadecimal digits with or without 0x before them. */
    public static byte[] hex(@Nullable Object value) {
        String digits = String.valueOf(value);
        return HexFormat.of().parseHex(digits.startsWith("0x") ? digits.substring(2) : digits);
    }

    private static @Nullable Object value(JsonParser parser) throws IOException {
        return switch (parser.currentToken()) {
            case START_OBJECT -> objectOf(parser);
            case START_ARRAY -> listOf(parser);
            case VALUE_NUMBER_INT -> parser.getBigIntegerValue();
            case VALUE_NULL -> null;
            default -> parser.getText();
        };
    }

    private static Map<String, Object> objectOf(JsonParser parser) throws IOException {
        Map<String, Object> object = new LinkedHashMap<>();
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            String name = parser.currentName();
            parser.nextToken();
            Object value = value(parser);
            if (value != null) {
                object.put(name, value);
            }
        }
        return object;
    }

    private static List<Object> listOf(JsonParser parser) throws IOException {
        List<Object> list = new ArrayList<>();
        while (parser.nextToken() != JsonToken.END_ARRAY) {
            Object value = value(parser);
            list.add(value == null ? "null" : value);
        }
        return list;
    }
}
