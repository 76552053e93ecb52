package dev.varve.logstore;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The store works where neither Agrona nor Chronicle Bytes is. */
final class OptionalBuffersTest {

    /** What an embedder does who knows nothing of either; loaded by a class loader of its own. */
    public static final class Embedder implements Callable<String> {

        private final String directory;

        public Embedder(String directory) {
            this.directory = directory;
        }

        @Override
        public String call() {
            byte[] key = {1};
            try (LogStore store = LogStore.open(Path.of(directory), LogOptions.defaults());
                    Batch batch = store.newBatch()) {
                Table table = store.table(TableSpec.byKey("t").withCompression(1));
                store.commit(batch.put(table, 1, key, new byte[1_000]));
                byte[] value = store.snapshot().get(table, key);
                return value == null ? "nothing" : value.length + " bytes";
            }
        }
    }

    @Test
    void shouldWorkWithoutThem(@TempDir Path directory) throws Exception {
        List<URL> urls = pathWithout("agrona", "chronicle");
        ClassLoader none = ClassLoader.getPlatformClassLoader();
        try (URLClassLoader loader = new URLClassLoader(urls.toArray(URL[]::new), none)) {
            for (String name :
                    List.of("org.agrona.DirectBuffer", "net.openhft.chronicle.bytes.BytesStore")) {
                assertThrows(ClassNotFoundException.class, () -> loader.loadClass(name));
            }
            Class<?> type = loader.loadClass(Embedder.class.getName());
            assertNotSame(Embedder.class, type);
            Object embedder =
                    type.getConstructor(String.class).newInstance(directory.toString());
            assertEquals("1000 bytes", ((Callable<?>) embedder).call());
        }
    }

    private static List<URL> pathWithout(String... names) throws IOException {
        List<URL> urls = new ArrayList<>();
        int left = 0;
        for (String entry : System.getProperty("java.class.path").split(File.pathSeparator, -1)) {
            if (List.of(names).stream().anyMatch(new File(entry).getName()::contains)) {
                left++;
            } else {
                urls.add(new File(entry).toURI().toURL());
            }
        }
        assertTrue(left >= names.length, "the path of the tests has neither");
        return urls;
    }
}
