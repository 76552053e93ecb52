package dev.varve.cli;

import dev.varve.bloom.IdBatch;
import dev.varve.bloom.IdHash;
import dev.varve.logstore.io.StorageException;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/** Reads ids from a file, some thousand at a time. For one thread; closed by who opened it. */
final class IdFile implements AutoCloseable {

    private static final int RAW_LENGTH = 32;
    private static final int BUFFER_BYTES = 1 << 20;

    /** The digits of the longest id, behind 0x and before a carriage return. */
    private static final int LONGEST_LINE = 2 * IdHash.MAX_ID_LENGTH + 3;

    /**
     * How the ids stand in the file. Lines end with LF or CR LF, and the last one with CR or
     * nothing too; any other CR belongs to the id, as every byte does.
     */
    enum Kind {
        /** 32 bytes each, one behind the other. */
        RAW,
        /** A line of hex digits each, with 0x before them or not; the id is the bytes. */
        HEX,
        /** A line each; the id is its bytes as they stand there, without the line's end. */
        TEXT
    }

    private final Path path;
    private final Kind kind;
    private final InputStream in;
    private final ByteArrayOutputStream line = new ByteArrayOutputStream();
    private long lineNumber;
    private long offset;
    private @Nullable CommandException failure;

    private IdFile(Path path, Kind kind, InputStream in) {
        this.path = path;
        this.kind = kind;
        this.in = in;
    }

    static IdFile open(Path path, Kind kind) {
        try {
            return new IdFile(
                    path, kind, new BufferedInputStream(Files.newInputStream(path), BUFFER_BYTES));
        } catch (IOException e) {
            throw failure(path, e);
        }
    }

    /** Bytes read so far. */
    long offset() {
        return offset;
    }

    /** The number of the line read last, from 1 on; of raw ids, that of the id. */
    long line() {
        return lineNumber;
    }

    /**
     * Fills a batch; whether there was anything to put in. What is no id, or cannot be read, is
     * thrown once all ids before it were handed out.
     */
    boolean fill(IdBatch batch) {
        batch.clear();
        try {
            boolean more = failure == null;
            while (more && batch.size() < batch.capacity()) {
                more = kind == Kind.RAW ? putRaw(batch) : putLine(batch);
            }
        } catch (CommandException e) {
            failure = e;
        } catch (IOException e) {
            failure = failure(path, e);
        }
        CommandException found = failure;
        if (found != null && batch.size() == 0) {
            throw found;
        }
        return batch.size() > 0;
    }

    private boolean putRaw(IdBatch batch) throws IOException {
        byte[] id = in.readNBytes(RAW_LENGTH);
        if (id.length == 0) {
            return false;
        }
        if (id.length < RAW_LENGTH) {
            throw bad("the file ends within an id of " + RAW_LENGTH + " bytes");
        }
        offset += RAW_LENGTH;
        lineNumber++;
        batch.put(MemorySegment.ofArray(id), 0, RAW_LENGTH);
        return true;
    }

    private boolean putLine(IdBatch batch) throws IOException {
        byte[] text = nextLine();
        if (text == null) {
            return false;
        }
        byte[] id = kind == Kind.HEX ? bytes(text) : text;
        if (id.length < 1 || id.length > IdHash.MAX_ID_LENGTH) {
            throw bad("an id has 1 to " + IdHash.MAX_ID_LENGTH + " bytes, not " + id.length);
        }
        batch.put(MemorySegment.ofArray(id), 0, id.length);
        return true;
    }

    /** The next line that is not empty, without its end; null at the end of the file. */
    private byte @Nullable [] nextLine() throws IOException {
        for (int next = in.read(); next >= 0; next = in.read()) {
            offset++;
            if (next == '\n') {
                lineNumber++;
                byte[] text = takeLine();
                if (text.length > 0) {
                    return text;
                }
            } else {
                line.write(next);
                if (line.size() > LONGEST_LINE) {
                    lineNumber++;
                    throw bad("the line is longer than any id");
                }
            }
        }
        byte[] last = takeLine();
        lineNumber += last.length > 0 ? 1 : 0;
        return last.length > 0 ? last : null;
    }

    /** What was read of a line: a carriage return belongs to its end, and only there. */
    private byte[] takeLine() {
        byte[] text = line.toByteArray();
        line.reset();
        boolean hasReturn = text.length > 0 && text[text.length - 1] == '\r';
        return hasReturn ? Arrays.copyOf(text, text.length - 1) : text;
    }

    private byte[] bytes(byte[] text) {
        int from = text.length > 1 && text[0] == '0' && (text[1] | 0x20) == 'x' ? 2 : 0;
        char[] digits = new char[text.length - from];
        for (int i = 0; i < digits.length; i++) {
            digits[i] = (char) (text[from + i] & 0xff);
            if (!HexFormat.isHexDigit(digits[i])) {
                throw bad("not a hex digit, '" + digits[i] + "'");
            }
        }
        if (digits.length % 2 != 0) {
            throw bad("an odd number of hex digits");
        }
        return HexFormat.of().parseHex(digits, 0, digits.length);
    }

    /** A failure at the line read last. */
    CommandException bad(String what) {
        Failure.Place place =
                kind == Kind.RAW
                        ? Failure.Place.file(path.toString(), offset)
                        : Failure.Place.line(path.toString(), lineNumber);
        String where = kind == Kind.RAW ? ", offset " + offset : ", line " + lineNumber;
        return new CommandException(
                new Failure(ExitCode.FAILED, path + where + ": " + what, place));
    }

    private static CommandException failure(Path path, IOException e) {
        return new CommandException(
                new Failure(
                        ExitCode.FAILED,
                        "cannot read " + path + ": " + StorageException.reason(e),
                        Failure.Place.file(path.toString(), -1)));
    }

    /** The length of a file, for progress; 0 if it is not known. */
    static long length(Path path) {
        try {
            return Files.size(path);
        } catch (IOException e) {
            return 0;
        }
    }

    @Override
    public void close() {
        try {
            in.close();
        } catch (IOException e) {
            throw failure(path, e);
        }
    }
}
