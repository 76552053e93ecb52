package dev.varve.sync.ethereum.rlp;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.varve.sync.ethereum.ChainFiles;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The official RLP vectors. */
final class RlpVectorTest {

    @Test
    void shouldEncodeAndDecodeTheValidVectors() {
        Map<String, Object> vectors = ChainFiles.json("vectors/RLPTests/rlptest.json");
        assertEquals(28, vectors.size());
        vectors.forEach(
                (name, vector) -> {
                    Object in = ChainFiles.field(vector, "in");
                    byte[] encoded = ChainFiles.hex(ChainFiles.field(vector, "out"));
                    RlpWriter writer = new RlpWriter(1);
                    write(writer, in);
                    assertArrayEquals(encoded, writer.toByteArray(), name);
                    RlpReader reader = new RlpReader(encoded);
                    check(reader, in, name);
                    reader.end();
                });
    }

    @Test
    void shouldDecodeTheRandomVectors() {
        ChainFiles.json("vectors/RLPTests/RandomRLPTests/example.json")
                .forEach((name, vector) -> readAll(outOf(vector)));
    }

    @Test
    void shouldRefuseTheInvalidVectors() {
        Map<String, Object> vectors = ChainFiles.json("vectors/RLPTests/invalidRLPTest.json");
        assertEquals(26, vectors.size());
        vectors.forEach(
                (name, vector) ->
                        assertThrows(RlpException.class, () -> readAll(outOf(vector)), name));
    }

    private static byte[] outOf(Object vector) {
        return ChainFiles.hex(ChainFiles.field(vector, "out"));
    }

    private static void write(RlpWriter writer, Object value) {
        switch (value) {
            case List<?> list -> {
                writer.startList();
                list.forEach(item -> write(writer, item));
                writer.endList();
            }
            case BigInteger number -> writer.integer(number);
            case String text when text.startsWith("#") ->
                    writer.integer(new BigInteger(text.substring(1)));
            default -> writer.string(value.toString().getBytes(StandardCharsets.ISO_8859_1));
        }
    }

    private static void check(RlpReader reader, Object value, String name) {
        switch (value) {
            case List<?> list -> {
                reader.enterList();
                list.forEach(item -> check(reader, item, name));
                reader.leaveList();
            }
            case BigInteger number -> assertEquals(number, reader.bigInteger(64), name);
            case String text when text.startsWith("#") ->
                    assertEquals(new BigInteger(text.substring(1)), reader.bigInteger(64), name);
            default ->
                    assertEquals(
                            value,
                            new String(reader.bytes(), StandardCharsets.ISO_8859_1),
                            name);
        }
    }

    /** Reads one value, whatever it is, down to its last item. */
    static void readAll(byte[] encoded) {
        RlpReader reader = new RlpReader(encoded);
        readItem(reader);
        reader.end();
    }

    private static void readItem(RlpReader reader) {
        if (!reader.isList()) {
            reader.nextString();
            return;
        }
        reader.enterList();
        while (reader.hasNext()) {
            readItem(reader);
        }
        reader.leaveList();
    }
}
