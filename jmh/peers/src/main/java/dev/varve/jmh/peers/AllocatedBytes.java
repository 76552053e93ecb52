package dev.varve.jmh.peers;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/**
 * What a folder takes on the disk: some stores make sparse files, whose length says nothing. Asks
 * {@code du}, since the JDK cannot tell; without it, the files' lengths count.
 */
final class AllocatedBytes {

    private AllocatedBytes() {}

    static long of(Path folder) throws IOException {
        Process du;
        try {
            du = new ProcessBuilder("du", "-sk", folder.toString()).start();
        } catch (IOException e) {
            return lengths(folder);
        }
        String text = new String(du.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        String kibibytes = text.replaceFirst("(?s)\\s.*", "");
        return kibibytes.isEmpty() ? lengths(folder) : Long.parseLong(kibibytes) << 10;
    }

    private static long lengths(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            long sum = 0;
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                sum += Files.size(file);
            }
            return sum;
        }
    }
}
