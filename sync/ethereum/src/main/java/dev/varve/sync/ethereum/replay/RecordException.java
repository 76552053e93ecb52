package dev.varve.sync.ethereum.replay;

import org.jspecify.annotations.Nullable;

/** A record of blocks is damaged, truncated or unreadable. */
public final class RecordException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final String file;
    private final long line;

    RecordException(String file, long line, String message, @Nullable Throwable cause) {
        super(message + " (file " + file + ", line " + line + ")", cause);
        this.file = file;
        this.line = line;
    }

    /** The file concerned, as it was named to the reader. */
    public String file() {
        return file;
    }

    /** The line of its text where the damage was noticed, from 1 on. */
    public long line() {
        return line;
    }
}
