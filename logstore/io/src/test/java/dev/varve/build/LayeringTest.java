package dev.varve.build;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * Who may use whom, over the sources of all modules, tests included. The module graph says the same
 * of what is shipped; here it is one list, and covers packages inside of a module as well. A new
 * arrow is a decision: draw it in ARCHITECTURE.md first.
 */
final class LayeringTest {

    /** From the bottom up; each layer may use itself and what stands before it. */
    private static final List<Layer> LAYERS =
            List.of(
                    new Layer("logstore/io/", "dev.varve.logstore.io", "dev.varve.build"),
                    new Layer("bloom/", "dev.varve.bloom"),
                    new Layer("logstore/log/", "dev.varve.logstore"),
                    new Layer("engine/", "dev.varve.engine"),
                    new Layer("sync/pipeline/", "dev.varve.sync"),
                    new Layer("sync/ethereum/", "dev.varve.sync.ethereum"),
                    new Layer("sync/cli/", "dev.varve.cli"),
                    new Layer("jmh/", "dev.varve.jmh"));

    /** Packages that use only a few of those they could: what each may use besides itself. */
    private static final Map<String, Set<String>> STRICTER =
            Map.of(
                    "dev.varve.logstore.format", Set.of(),
                    "dev.varve.logstore.run",
                            Set.of(
                                    "dev.varve.logstore.format",
                                    "dev.varve.logstore.io",
                                    "dev.varve.bloom"),
                    "dev.varve.sync.ethereum.rlp", Set.of(),
                    "dev.varve.sync.ethereum.crypto", Set.of(),
                    "dev.varve.sync.ethereum.trie", Set.of("dev.varve.sync.ethereum.crypto"),
                    "dev.varve.sync.ethereum",
                            Set.of(
                                    "dev.varve.sync.ethereum.rlp",
                                    "dev.varve.sync.ethereum.crypto",
                                    "dev.varve.sync.ethereum.trie"),
                    "dev.varve.sync.ethereum.source",
                            Set.of(
                                    "dev.varve.sync.ethereum",
                                    "dev.varve.sync.ethereum.rlp",
                                    "dev.varve.sync.ethereum.crypto",
                                    "dev.varve.sync.ethereum.trie"));

    /** Opens a file without the storage seam; to ask whether one is there does not. */
    private static final Pattern FILE_ACCESS =
            Pattern.compile(
                    "\\bjava\\.nio\\.channels\\b"
                            + "|\\bFiles\\.(?!exists\\(|isDirectory\\(|isRegularFile\\()\\w+\\("
                            + "|\\bRandomAccessFile\\b"
                            + "|\\bFile(InputStream|OutputStream|Reader|Writer)\\b");

    private static final Pattern FILE_WRITING =
            Pattern.compile(
                    "\\bFiles\\.(write|create|delete|move|copy|new(OutputStream|BufferedWriter))"
                            + "|\\bStandardOpenOption\\.(?!READ\\b)"
                            + "|\\b(RandomAccessFile|FileOutputStream|FileWriter)\\b");

    /** Shipped code with files of its own: how its path begins, and what it may do with them. */
    private static final Map<String, Pattern> OWN_FILES =
            Map.of(
                    // Block files and genesis files are input, not a part of a store.
                    "sync/ethereum/src/main/java/dev/varve/sync/ethereum/source/", FILE_WRITING,
                    // The command line is the embedder here; benchmarks are never shipped.
                    "sync/cli/", Pattern.compile("(?!)"),
                    "jmh/", Pattern.compile("(?!)"));

    private static final Pattern PACKAGE = Pattern.compile("\\bdev\\.varve(\\.[a-z]\\w*)+");
    private static final Pattern OWN = Pattern.compile("(?m)^package ([\\w.]+);");

    /** The code of all Java files, without comments and literals, by their paths. */
    private static final Map<String, String> SOURCES = new TreeMap<>();

    @BeforeAll
    static void readAll() throws IOException {
        SourceTree tree = SourceTree.ofProject();
        for (Path file : tree.files(".java")) {
            if (tree.name(file).contains("/src/")) {
                SOURCES.put(tree.name(file), Blanked.of(SourceTree.read(file)));
            }
        }
    }

    @Test
    void shouldUseOnlyLayersBelow() {
        Findings findings = new Findings("Arrows that point up:");
        SOURCES.forEach(
                (file, code) -> {
                    int own = layerOfFile(file);
                    for (String used : packagesIn(code)) {
                        if (layerOfPackage(used) > own) {
                            findings.add(file + " uses " + used);
                        }
                    }
                });
        findings.assertNone();
    }

    @Test
    void shouldKeepPackagesApartInsideOfModules() {
        Findings findings = new Findings("Packages that use more than they may:");
        Set<String> seen = new HashSet<>();
        SOURCES.forEach(
                (file, code) -> {
                    Matcher matcher = OWN.matcher(code);
                    String own = matcher.find() ? matcher.group(1) : "";
                    Set<String> allowed = STRICTER.get(own);
                    if (allowed != null && file.contains("/src/main/")) {
                        seen.add(own);
                        Set<String> used = packagesIn(code);
                        used.remove(own);
                        used.removeAll(allowed);
                        used.forEach(name -> findings.add(file + " uses " + name));
                    }
                });
        findings.assertNone();
        assertEquals(STRICTER.keySet(), seen, "packages that are gone");
    }

    @Test
    void shouldReachFilesOnlyThroughTheStorageSeam() {
        Findings findings = new Findings("Go through dev.varve.logstore.io.Storage:");
        SOURCES.forEach(
                (file, code) -> {
                    Matcher matcher = bannedIn(file).matcher(code);
                    boolean shipped = file.contains("/src/main/");
                    while (shipped && !file.startsWith("logstore/io/") && matcher.find()) {
                        findings.add(file + " uses " + matcher.group());
                    }
                });
        findings.assertNone();
    }

    private static Pattern bannedIn(String file) {
        return OWN_FILES.entrySet().stream()
                .filter(entry -> file.startsWith(entry.getKey()))
                .map(Map.Entry::getValue)
                .findFirst()
                .orElse(FILE_ACCESS);
    }

    @Test
    void shouldKnowEveryModule() {
        for (Layer layer : LAYERS) {
            assertTrue(
                    SOURCES.keySet().stream().anyMatch(file -> file.startsWith(layer.folder())),
                    layer.folder());
        }
        assertEquals(5, layerOfPackage("dev.varve.sync.ethereum.trie"));
        assertEquals(4, layerOfPackage("dev.varve.sync.contract"));
        assertEquals(0, layerOfPackage("dev.varve.logstore.io.sim"));
    }

    private static Set<String> packagesIn(String code) {
        Set<String> used = new HashSet<>();
        Matcher matcher = PACKAGE.matcher(code);
        while (matcher.find()) {
            used.add(matcher.group());
        }
        return used;
    }

    private static int layerOfFile(String name) {
        for (int i = 0; i < LAYERS.size(); i++) {
            if (name.startsWith(LAYERS.get(i).folder())) {
                return i;
            }
        }
        throw new AssertionError("a module without a layer: " + name);
    }

    /** The layer with the longest matching package. */
    private static int layerOfPackage(String name) {
        int found = -1;
        int length = 0;
        for (int i = 0; i < LAYERS.size(); i++) {
            for (String root : LAYERS.get(i).packages()) {
                if ((name + ".").startsWith(root + ".") && root.length() > length) {
                    found = i;
                    length = root.length();
                }
            }
        }
        assertTrue(found >= 0, () -> "a package without a layer: " + name);
        return found;
    }

    /** A module, by its folder and by how the names of its packages begin. */
    private record Layer(String folder, List<String> packages) {
        Layer(String folder, String... packages) {
            this(folder, List.of(packages));
        }
    }
}
