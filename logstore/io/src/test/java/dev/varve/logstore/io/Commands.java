package dev.varve.logstore.io;

import java.io.IOException;
import java.util.concurrent.TimeUnit;

/** Commands of the system that tests use. */
final class Commands {

    private Commands() {}

    /** Whether the command worked; where it is missing it did not. */
    static boolean run(String... command) throws InterruptedException {
        try {
            Process process =
                    new ProcessBuilder(command)
                            .redirectErrorStream(true)
                            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                            .start();
            return process.waitFor(1, TimeUnit.MINUTES) && process.exitValue() == 0;
        } catch (IOException e) {
            return false;
        }
    }
}
