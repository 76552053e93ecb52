package dev.varve.build;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.build.JavaSource.MethodDeclaration;
import dev.varve.build.JavaSource.TypeDeclaration;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * The part of STYLE.md that a machine can check, over the sources of all modules. Exceptions are
 * listed here, each with its reason; one that nothing needs any more fails as well.
 */
final class TidyTest {

    private static final int MAX_COLUMNS = 100;
    private static final int MAX_FILE_LINES = 500;
    private static final int MAX_METHOD_LINES = 60;
    private static final int MAX_PARAMETERS = 5;
    private static final int MAX_COMPONENTS = 8;

    private static final Pattern VAGUE_NAME =
            Pattern.compile("\\w+(Util|Utils|Helper|Helpers|Manager|Impl|Data|Info)");

    /** Methods with more than five parameters: "Type.method", and why. */
    private static final Map<String, String> MANY_PARAMETERS = Map.of();

    /** Public methods with a boolean parameter: "Type.method", and why. */
    private static final Map<String, String> BOOLEAN_PARAMETERS = Map.of();

    private static final String ENVIRONMENT = "takes it as an argument: an embedder configures Varve";
    private static final String THREADS = "takes a ThreadFactory, or runs in the caller's thread";

    /** What shipped code does not do, and what it does instead. */
    private static final List<Ban> BANS =
            List.of(
                    new Ban(
                            "String\\.format\\((?!\\s*(java\\.util\\.)?Locale\\.ROOT)",
                            "String.format(Locale.ROOT, ...)"),
                    new Ban("\\.formatted\\(", "String.format(Locale.ROOT, ...)"),
                    new Ban("\\.to(Lower|Upper)Case\\(\\)", "the same with Locale.ROOT"),
                    new Ban("System\\.(getProperty|getenv)\\b", ENVIRONMENT),
                    new Ban("(Integer\\.getInteger|Long\\.getLong|Boolean\\.getBoolean)\\(", ENVIRONMENT),
                    new Ban("System\\.exit\\b|Runtime\\.getRuntime\\(\\)\\.(exit|halt)", "throws"),
                    new Ban("System\\.(out|err)\\b|\\.printStackTrace\\(", "throws, or tells a listener"),
                    new Ban("\\bnativeOrder\\b", "ByteOrder.LITTLE_ENDIAN, always"),
                    new Ban("Thread\\.sleep\\(", "waits on a condition, with a time limit"),
                    new Ban("\\bfinalize\\(", "AutoCloseable"),
                    new Ban("\\bsun\\.misc\\b|\\bUnsafe\\b", "MemorySegment"),
                    new Ban("\\bnew Thread\\(|Thread\\.(ofVirtual|ofPlatform|startVirtualThread)\\b", THREADS),
                    new Ban("\\bExecutors\\.|\\bForkJoinPool\\.commonPool", THREADS),
                    new Ban("\\.(parallelStream|parallel)\\(\\)", THREADS));

    /** Where a ban does not hold: a piece of the path, a piece of the banned pattern, and why. */
    private static final List<Exemption> EXEMPTIONS =
            List.of(
                    new Exemption("sync/cli/", "System\\.(out|err)", "a command prints"),
                    new Exemption("sync/cli/", "System\\.exit", "a command has an exit code"),
                    new Exemption("jmh/", "", "benchmarks are programs, and never shipped"));

    private static List<JavaSource> sources = List.of();

    @BeforeAll
    static void readAll() throws IOException {
        sources = SourceTree.ofProject().javaSources();
    }

    private static List<JavaSource> shipped() {
        return sources.stream().filter(JavaSource::isMain).toList();
    }

    private static void assertNone(String rule, List<String> found) {
        assertEquals(List.of(), found, () -> rule + "\n" + String.join("\n", found) + "\n");
    }

    @Test
    void shouldFindTheSourcesOfAllModules() {
        assertTrue(sources.size() > 200, () -> "only " + sources.size() + " files");
        assertTrue(sources.stream().anyMatch(s -> s.path().startsWith("sync/cli/src/main/")));
        assertTrue(sources.stream().mapToInt(s -> s.methods().size()).sum() > 1_000);
    }

    @Test
    void shouldKeepLinesShortAndClean() {
        List<String> found = new ArrayList<>();
        for (JavaSource source : sources) {
            List<String> lines = source.text().lines().toList();
            for (int i = 0; i < lines.size(); i++) {
                String line = lines.get(i);
                if (line.length() > MAX_COLUMNS) {
                    found.add(source.at(i + 1L) + " has " + line.length() + " columns");
                }
                if (line.indexOf('\t') >= 0 || !line.equals(line.stripTrailing())) {
                    found.add(source.at(i + 1L) + " has a tab or a trailing blank");
                }
            }
            if (!source.text().endsWith("\n") || source.text().endsWith("\n\n")) {
                found.add(source.path() + " does not end with one line end");
            }
        }
        assertNone("At most " + MAX_COLUMNS + " columns, no tabs, no blanks at the end:", found);
    }

    @Test
    void shouldKeepFilesAndMethodsShort() {
        List<String> found = new ArrayList<>();
        for (JavaSource source : sources) {
            if (source.codeLines() > MAX_FILE_LINES) {
                found.add(source.path() + " has " + source.codeLines() + " lines of code");
            }
            for (MethodDeclaration method : source.methods()) {
                if (method.lines() > MAX_METHOD_LINES) {
                    found.add(source.at(method.line()) + " has " + method.lines() + " lines");
                }
            }
        }
        assertNone("Files of at most 500 lines of code, methods of at most 60 lines:", found);
    }

    @Test
    void shouldTakeFewParameters() {
        List<String> found = new ArrayList<>();
        Set<String> needed = new HashSet<>();
        for (JavaSource source : sources) {
            for (MethodDeclaration method : source.methods()) {
                int count = method.tree().getParameters().size();
                String name = source.path().replaceAll(".*/|\\.java", "") + "." + method.name();
                if (count > MAX_PARAMETERS && !method.overrides()) {
                    needed.add(name);
                    if (!MANY_PARAMETERS.containsKey(name)) {
                        found.add(source.at(method.line()) + " " + name + " has " + count);
                    }
                }
            }
            for (TypeDeclaration type : source.types()) {
                int count = type.components().size();
                if (count > MAX_COMPONENTS) {
                    found.add(source.at(type.line()) + " record of " + count + " components");
                }
            }
        }
        assertNone("At most 5 parameters; a record, which names them, at most 8:", found);
        assertEquals(MANY_PARAMETERS.keySet(), needed, "exceptions that nothing needs any more");
    }

    @Test
    void shouldTakeNoBooleansInPublic() {
        List<String> found = new ArrayList<>();
        Set<String> needed = new HashSet<>();
        for (JavaSource source : shipped()) {
            for (MethodDeclaration method : source.methods()) {
                if (method.isPublic() && method.hasBooleanParameter() && !method.overrides()) {
                    String name =
                            source.path().replaceAll(".*/|\\.java", "") + "." + method.name();
                    needed.add(name);
                    if (!BOOLEAN_PARAMETERS.containsKey(name)) {
                        found.add(source.at(method.line()) + " " + name);
                    }
                }
            }
        }
        assertNone("Two methods, or an enum, in place of a boolean parameter:", found);
        assertEquals(BOOLEAN_PARAMETERS.keySet(), needed, "exceptions that nothing needs any more");
    }

    @Test
    void shouldHaveNamesThatSaySomething() {
        List<String> found = new ArrayList<>();
        for (JavaSource source : sources) {
            for (TypeDeclaration type : source.types()) {
                if (VAGUE_NAME.matcher(type.name()).matches()) {
                    found.add(source.at(type.line()) + " " + type.name());
                }
            }
        }
        assertNone("No Util, Helper, Manager, Impl, Data, Info: name what it is or does:", found);
    }

    @Test
    void shouldNotCallWhatALibraryMustNot() {
        List<String> found = new ArrayList<>();
        for (JavaSource source : shipped()) {
            for (Ban ban : BANS) {
                Matcher matcher = ban.regex().matcher(source.code());
                while (!isExempt(source, ban) && matcher.find()) {
                    found.add(
                            source.at(matcher.start()) + " " + matcher.group().strip()
                                    + " -> instead: " + ban.instead());
                }
            }
        }
        assertNone("Banned in shipped code:", found);
    }

    private static boolean isExempt(JavaSource source, Ban ban) {
        return EXEMPTIONS.stream()
                .anyMatch(e -> source.path().startsWith(e.path()) && ban.pattern.contains(e.pattern()));
    }

    @Test
    void shouldHaveNoStaticState() {
        List<String> found = new ArrayList<>();
        for (JavaSource source : shipped()) {
            source.fields().stream()
                    .filter(JavaSource.FieldDeclaration::isNonFinalStatic)
                    .forEach(f -> found.add(source.at(f.line()) + " " + f.tree().getName()));
        }
        assertNone("State belongs to an object that somebody opened; make it final:", found);
    }

    @Test
    void shouldLeaveNothingForLater() {
        Pattern marks = Pattern.compile("\\b(TODO|FIXME|XXX)\\b");
        List<String> found = new ArrayList<>();
        for (JavaSource source : sources) {
            Matcher matcher = marks.matcher(source.text());
            while (matcher.find() && !source.path().endsWith("/TidyTest.java")) {
                found.add(source.at(matcher.start()) + " " + matcher.group());
            }
        }
        assertNone("Do it, drop it, or write down that it is missing in ARCHITECTURE.md:", found);
    }

    @Test
    void shouldSayWhatEveryTypeIs() {
        List<String> found = new ArrayList<>();
        for (JavaSource source : shipped()) {
            for (TypeDeclaration type : source.types()) {
                if (!type.documented() && !type.isPrivate()) {
                    found.add(source.at(type.line()) + " " + type.name());
                }
            }
        }
        assertNone("A comment in front of every type that is not private:", found);
    }

    @Test
    void shouldSayWhatEveryPackageIs() {
        Set<String> folders = new HashSet<>();
        Set<String> described = new HashSet<>();
        for (JavaSource source : shipped()) {
            String folder = source.path().substring(0, source.path().lastIndexOf('/'));
            if (source.path().endsWith("/package-info.java")) {
                if (source.text().startsWith("/**") && source.code().contains("@NullMarked")) {
                    described.add(folder);
                }
            } else if (!source.path().endsWith("/module-info.java")) {
                folders.add(folder);
            }
        }
        folders.removeAll(described);
        assertNone("A package-info with a comment and @NullMarked:", folders.stream().sorted().toList());
    }

    /** A pattern over code without comments and literals. */
    private record Ban(String pattern, String instead) {

        Pattern regex() {
            return Pattern.compile(pattern);
        }
    }

    private record Exemption(String path, String pattern, String reason) {}
}
