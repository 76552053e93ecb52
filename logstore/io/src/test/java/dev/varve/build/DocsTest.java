package dev.varve.build;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What the documents say of the tree is so: links lead somewhere, and named classes exist. */
final class DocsTest {

    private static final int INVARIANTS = 11;

    private static final Pattern LINK = Pattern.compile("\\]\\(([^)\\s]+)\\)");
    private static final Pattern OWN_TYPE = Pattern.compile("`((?!Xxx)[A-Z][a-z]\\w*[A-Z]\\w*)`");
    private static final Pattern INVARIANT =
            Pattern.compile("(?m)^- \\*\\*I(\\d+)\\*\\*((?:.*\n)(?:  .*\n|\n(?=  ))*)");

    /** Types of the JDK that the documents name. */
    private static final Set<String> NOT_OURS =
            Set.of(
                    "MemorySegment",
                    "StampedLock",
                    "VirtualMachineError",
                    "HashSet",
                    "FileChannel",
                    "AsynchronousFileChannel",
                    "RandomAccessFile",
                    "AbstractInterruptibleChannel",
                    "ClosedByInterruptException",
                    "ClosedChannelException",
                    "InterruptibleChannel",
                    "ThreadFactory",
                    "IllegalArgumentException",
                    "IllegalStateException",
                    "InternalError",
                    "AutoCloseable",
                    "NullMarked");

    private static final Pattern DEPENDENCY =
            Pattern.compile(
                    "(?s)<dependency>.*?<artifactId>([^<]+)</artifactId>(.*?)</dependency>");

    private static final Pattern MACHINE_PATH =
            Pattern.compile("(?<![\\w./-])/(work|root|home/\\w+|Users/\\w+|tmp/\\w+)(?![\\w-])");

    private static final Pattern REGISTRY =
            Pattern.compile(
                    "\\brepo1?\\.maven\\.(apache\\.)?org\\b|\\bregistry\\.npmjs\\.org\\b"
                            + "|\\b(deb|security)\\.debian\\.org\\b|\\barchive\\.ubuntu\\.com\\b"
                            + "|\\bpypi\\.org\\b|\\bcrates\\.io\\b|\\bproxy\\.golang\\.org\\b");

    private static SourceTree tree;

    @BeforeAll
    static void list() throws IOException {
        tree = SourceTree.ofProject();
    }

    @Test
    void shouldHaveTheDocumentsOfAProject() {
        Set<String> names =
                tree.files(".md").stream().map(tree::name).collect(Collectors.toSet());
        for (String name :
                List.of(
                        "README.md",
                        "ARCHITECTURE.md",
                        "STYLE.md",
                        "CHANGELOG.md",
                        "CONTRIBUTING.md",
                        "SECURITY.md",
                        "docs/FORMAT.md",
                        "docs/FORMAT-bloom.md",
                        "docs/FORMAT-sync.md",
                        "docs/FORMAT-ethereum.md",
                        "docs/GLOSSARY.md",
                        "perf-reports/README.md")) {
            assertTrue(names.contains(name), name);
        }
        assertTrue(Files.exists(tree.root().resolve("LICENSE")), "LICENSE");
    }

    @Test
    void shouldLinkToWhatExists() {
        Findings findings = new Findings("Links that lead nowhere:");
        for (Path page : tree.files(".md")) {
            Matcher matcher = LINK.matcher(SourceTree.read(page));
            while (matcher.find()) {
                String target = matcher.group(1).replaceFirst("#.*", "");
                boolean outside = target.matches("[a-z]+:.*") || target.isEmpty();
                if (!outside && !Files.exists(page.resolveSibling(target))) {
                    findings.add(tree.name(page) + " -> " + target);
                }
            }
        }
        findings.assertNone();
    }

    @Test
    void shouldNameTypesThatExist() {
        Set<String> types = new HashSet<>(NOT_OURS);
        types.addAll(javaFiles());
        Findings findings = new Findings("Types that are gone, or never were:");
        for (Path page : tree.files(".md")) {
            Matcher matcher = OWN_TYPE.matcher(SourceTree.read(page));
            while (matcher.find()) {
                if (!types.contains(matcher.group(1))) {
                    findings.add(tree.name(page) + " names " + matcher.group(1));
                }
            }
        }
        findings.assertNone();
    }

    @Test
    void shouldNameATestForEveryInvariant() {
        Set<String> types = javaFiles();
        List<Integer> numbers =
                INVARIANT
                        .matcher(SourceTree.read(tree.root().resolve("ARCHITECTURE.md")))
                        .results()
                        .map(
                                found -> {
                                    assertKept("I" + found.group(1), found.group(2), types);
                                    return Integer.parseInt(found.group(1));
                                })
                        .toList();
        assertEquals(IntStream.rangeClosed(1, INVARIANTS).boxed().toList(), numbers);
    }

    private static void assertKept(String invariant, String text, Set<String> types) {
        List<String> tests =
                Pattern.compile("`(\\w+(Test|Contract))`")
                        .matcher(text)
                        .results()
                        .map(found -> found.group(1))
                        .toList();
        assertTrue(types.containsAll(tests), () -> invariant + " names a test that is gone");
        assertTrue(
                !tests.isEmpty() || text.contains("not yet kept"),
                () -> invariant + " names no test, nor says that it is not yet kept");
    }

    @Test
    void shouldNoteTheLibrariesOfShippedModules() {
        String notice = SourceTree.read(tree.root().resolve("NOTICE"));
        Findings findings = new Findings("Libraries that NOTICE does not name:");
        int seen = 0;
        for (Path pom : tree.files("pom.xml")) {
            Matcher matcher = DEPENDENCY.matcher(SourceTree.read(pom));
            while (isShipped(tree.name(pom)) && matcher.find()) {
                String library = matcher.group(1);
                if (!library.startsWith("varve-") && !matcher.group(2).contains("<scope>test<")) {
                    seen++;
                    if (!notice.contains(library)) {
                        findings.add(tree.name(pom) + " uses " + library);
                    }
                }
            }
        }
        findings.assertNone();
        assertTrue(seen > 0, "no library found");
    }

    /** The pom at the root has what all modules are built and tested with. */
    private static boolean isShipped(String pom) {
        return !pom.equals("pom.xml") && !pom.startsWith("jmh/") && !pom.startsWith("perf-");
    }

    @Test
    void shouldSpeakOfNoMachineAndNoRegistry() {
        Findings findings = new Findings("Paths of one machine, or hosts of a registry:");
        for (Path file : tree.files(".md", ".java", ".xml", ".sh", "/varve", "/mvnw", "/run")) {
            String text = SourceTree.read(file);
            for (Pattern pattern : List.of(MACHINE_PATH, REGISTRY)) {
                Matcher matcher = pattern.matcher(text);
                while (matcher.find() && !file.endsWith("DocsTest.java")) {
                    findings.add(tree.name(file) + " holds " + matcher.group());
                }
            }
        }
        findings.assertNone();
    }

    /** The names of all Java files, which are those of their types. */
    private static Set<String> javaFiles() {
        return tree.files(".java").stream()
                .map(file -> file.getFileName().toString().replace(".java", ""))
                .collect(Collectors.toSet());
    }
}
