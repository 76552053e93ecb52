package dev.varve.jmh;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.util.Locale;

/**
 * The standard output of this process, of which every write that fails is an {@link
 * OutputException}: the stream of the JDK would take note of it, and the command go on for hours.
 * For one thread at a time; never closed, as the process has it to its end.
 */
final class StandardOutput extends OutputStream {

    private final OutputStream out;

    StandardOutput(OutputStream out) {
        this.out = out;
    }

    /** As {@link System#out}, but for what fails. */
    static PrintStream ofProcess() {
        OutputStream out = new FileOutputStream(FileDescriptor.out);
        return new PrintStream(new StandardOutput(out), true, System.out.charset());
    }

    @Override
    public void write(int b) {
        write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) {
        try {
            out.write(bytes, offset, length);
        } catch (IOException e) {
            String reason = String.valueOf(e.getMessage());
            // The JDK has no type for a pipe without a reader; its words are those of the system.
            throw new OutputException(reason, reason.toLowerCase(Locale.ROOT).contains("pipe"));
        }
    }
}
