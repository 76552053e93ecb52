package dev.varve.cli;

import dev.varve.logstore.io.StorageException;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Locale;

/**
 * What the user asked for, on its way to whoever reads it. The first write that fails ends the
 * command by a {@link CommandException}, so that it closes what it has open and does not go on for
 * nobody; later ones do nothing, for there is nobody to tell. For one thread at a time; never
 * closed, as the process has it to its end.
 */
final class StandardOutput extends OutputStream {

    private final OutputStream out;
    private boolean failed;

    StandardOutput(OutputStream out) {
        this.out = out;
    }

    @Override
    public void write(int b) {
        write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) {
        if (failed) {
            return;
        }
        try {
            out.write(bytes, offset, length);
        } catch (IOException e) {
            failed = true;
            throw new CommandException(failure(StorageException.reason(e)));
        }
    }

    /** The JDK has no type for a pipe without a reader; its words are those of the system. */
    private static Failure failure(String reason) {
        return reason.toLowerCase(Locale.ROOT).contains("pipe")
                ? Failure.of(ExitCode.READER_GONE, "nobody reads the standard output")
                : Failure.of(ExitCode.FAILED, "cannot write the standard output: " + reason);
    }
}
