package dev.varve.logstore.io;

import java.io.IOException;
import java.nio.file.Path;

/**
 * A program that takes the lock of a directory, prints what came of it, and holds the lock until
 * its standard input ends.
 */
final class LockHolder {

    private LockHolder() {}

    public static void main(String[] args) throws IOException {
        try (FileStorage storage = new FileStorage(Path.of(args[0]))) {
            storage.lock("lock");
            System.out.println("locked");
            while (System.in.read() >= 0) {
                // until the parent closes it
            }
        } catch (StorageLockedException e) {
            System.out.println(e.getMessage());
        }
    }
}
