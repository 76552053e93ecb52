package dev.varve.jmh;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;

final class ResultsJsonTest {

    @Test
    void shouldWriteEveryFieldInOrderWhenAllApply() {
        BenchResult result =
                new BenchResult(
                        "get", "ratio", 1.5, 1.25, 2, "x", "raw \"read\"", 1.5, 3, Verdict.OK);

        assertEquals(
                """
                [
                  {"suite": "get", "name": "ratio", "value": 1.5, "lo": 1.25, "hi": 2, \
                "unit": "x", "against": "raw \\"read\\"", \
                "ratio": 1.5, "budget": 3, "verdict": "OK"}
                ]
                """,
                ResultsJson.of(List.of(result)));
    }

    @Test
    void shouldWriteNullWhenANumberDoesNotApply() {
        BenchResult result = BenchResult.plain("s", "n", Double.POSITIVE_INFINITY, "B");

        String json = ResultsJson.of(List.of(result));

        assertEquals(
                "{\"suite\": \"s\", \"name\": \"n\", \"value\": null, \"lo\": null, \"hi\": null,"
                        + " \"unit\": \"B\", \"against\": \"\", \"ratio\": null, \"budget\": null,"
                        + " \"verdict\": \"OK\"}",
                json.lines().skip(1).findFirst().orElseThrow().strip());
    }

    @Test
    void shouldEscapeWhenTextHoldsControlCharacters() {
        assertEquals("\"a\\n\\t\\u0001\\u001f\\\\\"", ResultsJson.quoted("a\n\t\u0001\u001f\\"));
    }

    @Test
    void shouldWriteAnEmptyArrayWhenNothingWasMeasured() {
        assertEquals("[\n  \n]\n", ResultsJson.of(List.of()));
    }
}
