package dev.varve.cli;

import dev.varve.logstore.io.CorruptionException;
import dev.varve.logstore.io.StorageException;
import dev.varve.sync.BadItemException;
import dev.varve.sync.LineageException;
import dev.varve.sync.SyncException;
import dev.varve.sync.ethereum.replay.RecordException;
import dev.varve.sync.ethereum.source.SourceException;
import dev.varve.sync.ethereum.stage.UnsupportedBlockException;
import dev.varve.sync.ethereum.trie.TrieNodeException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * What a command that failed tells: one sentence, and what of it a program may want. Immutable.
 *
 * @param exitCode one of {@link ExitCode}
 * @param place where, as far as it is known
 */
record Failure(int exitCode, String message, Place place) {

    /**
     * Where something is wrong.
     *
     * @param file path, or null
     * @param offset in the file, in bytes, or -1
     * @param line of the file's text, from 1 on, or -1
     * @param height of the block, or -1
     * @param hash of the block, or null
     */
    record Place(
            @Nullable String file, long offset, long line, long height, @Nullable String hash) {

        static final Place UNKNOWN = new Place(null, -1, -1, -1, null);

        static Place file(String file, long offset) {
            return new Place(file, offset, -1, -1, null);
        }

        static Place line(String file, long line) {
            return new Place(file, -1, line, -1, null);
        }

        static Place block(long height, String hash) {
            return new Place(null, -1, -1, height, hash);
        }
    }

    static Failure of(int exitCode, String message) {
        return new Failure(exitCode, message, Place.UNKNOWN);
    }

    /**
     * What an exception means to the user.
     *
     * @param store directory of the store that the command worked on, or null
     */
    static Failure of(Throwable thrown, @Nullable Path store) {
        return switch (thrown) {
            case CommandException e -> e.failure();
            case StorageException e -> ofStorage(e, store);
            case SourceException e -> failed(e, Place.file(e.file(), e.offset()));
            case RecordException e -> failed(e, Place.line(e.file(), e.line()));
            case BadItemException e -> failed(e, Place.block(e.height(), e.id().toString()));
            case LineageException e ->
                    failed(e, Place.block(e.height(), e.found().toString()));
            case SyncException e -> failed(e, Place.UNKNOWN);
            case UnsupportedBlockException e ->
                    failed(e, Place.block(e.height(), e.id().toString()));
            case TrieNodeException e ->
                    new Failure(ExitCode.CORRUPTION, text(e), Place.UNKNOWN);
            default -> of(ExitCode.FAILED, "unexpected: " + thrown);
        };
    }

    /** The same, and what else is to be known. */
    Failure and(String more) {
        return new Failure(exitCode, message + "; " + more, place);
    }

    private static Failure failed(RuntimeException e, Place place) {
        return new Failure(ExitCode.FAILED, text(e), place);
    }

    /** Errors from inside the log can name a file of the store by its name alone. */
    private static Failure ofStorage(StorageException e, @Nullable Path store) {
        int exitCode = e instanceof CorruptionException ? ExitCode.CORRUPTION : ExitCode.FAILED;
        if (store != null && !Path.of(e.file()).isAbsolute()) {
            e.inStore(store.toString());
        }
        String known = e.store();
        String file = known == null ? e.file() : Path.of(known).resolve(e.file()).toString();
        return new Failure(exitCode, text(e), Place.file(file, e.offset()));
    }

    private static String text(RuntimeException e) {
        return String.valueOf(e.getMessage());
    }

    /** The line for a person, without its end. */
    String line() {
        return "varve: " + message.replace('\n', ' ').replace('\r', ' ');
    }

    /** The line for a program. */
    JsonObject json() {
        JsonObject json = new JsonObject().put("error", message);
        if (place.file() != null) {
            json.put("file", place.file());
        }
        if (place.offset() >= 0) {
            json.put("offset", place.offset());
        }
        if (place.line() >= 0) {
            json.put("line", place.line());
        }
        if (place.height() >= 0) {
            json.put("height", place.height());
        }
        if (place.hash() != null) {
            json.put("hash", place.hash());
        }
        return json;
    }
}
