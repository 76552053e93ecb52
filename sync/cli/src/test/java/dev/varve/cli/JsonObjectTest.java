package dev.varve.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class JsonObjectTest {

    @Test
    void shouldBeReadBackByAnotherParserWhateverTheText() {
        StringBuilder all = new StringBuilder();
        for (int c = 0; c < 0x250; c++) {
            all.append((char) c);
        }
        all.append("\u2028\uffff").appendCodePoint(0x1f600);
        JsonObject json =
                new JsonObject()
                        .put(all.toString(), all.toString())
                        .put("long", Long.MIN_VALUE)
                        .put("object", new JsonObject().put("a", 1))
                        .putFlag("flag", true)
                        .putStrings("strings", List.of("a", "\"b\\"))
                        .putObjects("objects", List.of(new JsonObject(), new JsonObject()));
        assertEquals(1, json.toString().lines().count());
        Map<String, Object> expected =
                Map.of(
                        all.toString(), all.toString(),
                        "long", Long.MIN_VALUE,
                        "object", Map.of("a", 1L),
                        "flag", true,
                        "strings", List.of("a", "\"b\\"),
                        "objects", List.of(Map.of(), Map.of()));
        assertEquals(expected, Json.parse(json.toString()).members());
    }

    @Test
    void shouldWriteSecondsWithThreeDigitsWhenGivenNanoseconds() {
        assertEquals("{\"s\":0.000}", new JsonObject().putSeconds("s", 999_999).toString());
        assertEquals("{\"s\":1.005}", new JsonObject().putSeconds("s", 1_005_999_999L).toString());
        assertEquals(
                "{\"s\":61.250}", new JsonObject().putSeconds("s", 61_250_000_000L).toString());
    }
}
