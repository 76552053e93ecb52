package dev.varve.build;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.build.JavaSource.FieldDeclaration;
import dev.varve.build.JavaSource.MethodDeclaration;
import dev.varve.build.JavaSource.TypeDeclaration;
import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * The part of STYLE.md that a machine can check, over the sources of all modules. Exceptions are
 * listed here, each with its reason.
 */
final class TidyTest {

    private static final int MAX_COLUMNS = 100;
    private static final int MAX_FILE_LINES = 500;
    private static final int MAX_METHOD_LINES = 60;
    private static final int MAX_PARAMETERS = 5;
    private static final int MAX_COMPONENTS = 8;

    private static final Pattern VAGUE_NAME =
            Pattern.compile("\\w+(Util|Utils|Helper|Helpers|Manager|Impl|Data|Info)");

    private static final Pattern FOR_LATER = Pattern.compile("\\b(TODO|FIXME|XXX)\\b");

    /** Methods with more than five parameters, and why. */
    private static final Map<String, String> MANY_PARAMETERS =
            Map.of(
                    "RecordedChainTest.shouldDecodeEveryBlockAsItWasRecorded",
                    "one row of a table of chains, which names its columns");

    /** Records of more than eight components, and why. */
    private static final Map<String, String> MANY_COMPONENTS =
            Map.of(
                    "BenchResult", "a row of a report, as other programs read it",
                    "ExecutionStats", "counters, made in one place and read by their names",
                    "Settings", "what a builder collected, made in one place");

    /** Public methods with a boolean parameter, and why. */
    private static final Map<String, String> BOOLEAN_PARAMETERS = Map.of();

    private static final String AS_ARGUMENT = "an argument: an embedder configures Varve";
    private static final String NO_THREADS = "the caller's thread, or a ThreadFactory it gave";
    private static final String ROOT_LOCALE = "the same with Locale.ROOT";
    private static final String FLAG = "a flag that its loop looks at: it may be at a file";

    /** What shipped code does not do, and what it does instead. */
    private static final List<Ban> BANS =
            List.of(
                    new Ban("String\\.format\\((?!\\s*([\\w.]+\\.)?Locale\\.ROOT)", ROOT_LOCALE),
                    new Ban("\\.formatted\\(", "String.format(Locale.ROOT, ...)"),
                    new Ban("\\.to(Lower|Upper)Case\\(\\)", ROOT_LOCALE),
                    new Ban("System\\.(getProperty|getenv)\\b", AS_ARGUMENT),
                    new Ban("(Integer\\.getInteger|Long\\.getLong)\\(", AS_ARGUMENT),
                    new Ban("System\\.exit\\b|getRuntime\\(\\)\\.(exit|halt)\\b", "an exception"),
                    new Ban("System\\.(out|err)\\b", "a listener, a report or an exception"),
                    new Ban("\\.printStackTrace\\(", "a listener, a report or an exception"),
                    new Ban("\\bnativeOrder\\b", "ByteOrder.LITTLE_ENDIAN"),
                    new Ban("Thread\\.sleep\\(", "a condition that somebody signals"),
                    new Ban("(?<!currentThread\\(\\))\\.interrupt\\(\\)|\\.shutdownNow\\(", FLAG),
                    new Ban("\\bfinalize\\(", "AutoCloseable"),
                    new Ban("\\bsun\\.misc\\b|\\bUnsafe\\b", "MemorySegment"),
                    new Ban("\\bnew Thread\\(", NO_THREADS),
                    new Ban("Thread\\.(ofVirtual|ofPlatform|startVirtualThread)\\b", NO_THREADS),
                    new Ban("\\bExecutors\\.|\\.commonPool\\(", NO_THREADS),
                    new Ban("\\.parallel(Stream)?\\(", NO_THREADS));

    /** Where a ban does not hold. */
    private static final List<Exemption> EXEMPTIONS =
            List.of(
                    new Exemption("sync/cli/", "System\\.(out|err)", "a command prints"),
                    new Exemption("sync/cli/", "System\\.exit", "a command has an exit code"),
                    new Exemption("sync/cli/", "printStackTrace", "what --verbose asks for"),
                    new Exemption("sync/cli/", "new Thread", "a hook for the end of the process"),
                    new Exemption("sync/cli/", "nativeOrder", "what varve doctor tells"),
                    new Exemption("bloom/", "nativeOrder", "of a heap array that no file sees"),
                    new Exemption("jmh/", "", "benchmarks are programs, and never shipped"));

    private static List<JavaSource> sources = List.of();

    @BeforeAll
    static void readAll() throws IOException {
        sources = SourceTree.ofProject().javaSources();
    }

    private static List<JavaSource> shipped() {
        return sources.stream().filter(JavaSource::isMain).toList();
    }

    @Test
    void shouldFindTheSourcesOfAllModules() {
        assertTrue(sources.size() > 200, () -> "only " + sources.size() + " files");
        assertTrue(sources.stream().anyMatch(s -> s.path().startsWith("sync/cli/src/main/")));
        assertTrue(sources.stream().mapToInt(s -> s.methods().size()).sum() > 1_000);
    }

    @Test
    void shouldKeepLinesShortAndClean() {
        Findings findings = new Findings("At most 100 columns, no tabs, no blanks at the end:");
        for (JavaSource source : sources) {
            int number = 0;
            for (String line : source.text().lines().toList()) {
                number++;
                if (line.length() > MAX_COLUMNS) {
                    findings.add(source.atLine(number) + " has " + line.length() + " columns");
                }
                if (line.indexOf('\t') >= 0 || !line.equals(line.stripTrailing())) {
                    findings.add(source.atLine(number) + " has a tab or a trailing blank");
                }
            }
            if (!source.text().endsWith("\n") || source.text().endsWith("\n\n")) {
                findings.add(source.path() + " does not end with one line end");
            }
        }
        findings.assertNone();
    }

    @Test
    void shouldKeepFilesAndMethodsShort() {
        Findings findings = new Findings("At most 500 lines of code in a file, 60 in a method:");
        for (JavaSource source : sources) {
            if (source.codeLines() > MAX_FILE_LINES) {
                findings.add(source.path() + " has " + source.codeLines() + " lines of code");
            }
            for (MethodDeclaration method : source.methods()) {
                long lines = method.lines();
                if (lines > MAX_METHOD_LINES) {
                    findings.add(source.atLine(method.line()) + " has " + lines + " lines");
                }
            }
        }
        findings.assertNone();
    }

    @Test
    void shouldTakeFewParameters() {
        Findings findings = new Findings("At most 5 parameters; a record, which names them, 8:");
        Set<String> needed = new HashSet<>();
        for (JavaSource source : sources) {
            for (MethodDeclaration method : source.methods()) {
                int count = method.tree().getParameters().size();
                if (count > MAX_PARAMETERS && !method.overrides() && !method.isOfComponents()) {
                    needed.add(source.nameOf(method));
                    if (!MANY_PARAMETERS.containsKey(source.nameOf(method))) {
                        findings.add(source.atLine(method.line()) + " " + source.nameOf(method));
                    }
                }
            }
            for (TypeDeclaration type : source.types()) {
                if (type.components().size() > MAX_COMPONENTS
                        && !MANY_COMPONENTS.containsKey(type.name())) {
                    findings.add(source.atLine(type.line()) + " record " + type.name());
                }
            }
        }
        findings.assertNone();
        assertEquals(MANY_PARAMETERS.keySet(), needed, "exceptions that nothing needs any more");
    }

    @Test
    void shouldTakeNoBooleansInPublic() {
        Findings findings = new Findings("Two methods, or an enum, for a boolean parameter:");
        Set<String> needed = new HashSet<>();
        for (JavaSource source : shipped()) {
            for (MethodDeclaration method : source.methods()) {
                if (method.isPublic() && method.hasBooleanParameter() && !method.overrides()) {
                    needed.add(source.nameOf(method));
                    if (!BOOLEAN_PARAMETERS.containsKey(source.nameOf(method))) {
                        findings.add(source.atLine(method.line()) + " " + source.nameOf(method));
                    }
                }
            }
        }
        findings.assertNone();
        assertEquals(BOOLEAN_PARAMETERS.keySet(), needed, "exceptions that nothing needs any more");
    }

    @Test
    void shouldHaveNamesThatSaySomething() {
        Findings findings = new Findings("No Util, Helper, Manager, Impl, Data, Info:");
        for (JavaSource source : sources) {
            for (TypeDeclaration type : source.types()) {
                if (VAGUE_NAME.matcher(type.name()).matches()) {
                    findings.add(source.atLine(type.line()) + " " + type.name());
                }
            }
        }
        findings.assertNone();
    }

    @Test
    void shouldNotCallWhatALibraryMustNot() {
        Findings findings = new Findings("Banned in shipped code:");
        for (JavaSource source : shipped()) {
            for (Ban ban : BANS) {
                Matcher matcher = ban.pattern().matcher(source.code());
                while (!isExempt(source, ban) && matcher.find()) {
                    findings.add(
                            source.at(matcher.start()) + " " + matcher.group().strip()
                                    + " -> instead: " + ban.instead());
                }
            }
        }
        findings.assertNone();
    }

    private static boolean isExempt(JavaSource source, Ban ban) {
        return EXEMPTIONS.stream()
                .anyMatch(e -> source.path().startsWith(e.path()) && ban.regex.contains(e.ban()));
    }

    @Test
    void shouldHaveNoStaticState() {
        Findings findings = new Findings("State belongs to an object that somebody opened:");
        for (JavaSource source : shipped()) {
            for (FieldDeclaration field : source.fields()) {
                if (field.isNonFinalStatic()) {
                    findings.add(source.atLine(field.line()) + " " + field.tree().getName());
                }
            }
        }
        findings.assertNone();
    }

    @Test
    void shouldLeaveNothingForLater() {
        Findings findings = new Findings("Do it, or write in ARCHITECTURE.md that it is missing:");
        for (JavaSource source : sources) {
            Matcher matcher = FOR_LATER.matcher(source.text());
            while (matcher.find() && !source.path().endsWith("/TidyTest.java")) {
                findings.add(source.at(matcher.start()) + " " + matcher.group());
            }
        }
        findings.assertNone();
    }

    @Test
    void shouldSayWhatEveryTypeIs() {
        Findings findings = new Findings("A comment in front of every type that is not private:");
        for (JavaSource source : shipped()) {
            for (TypeDeclaration type : source.types()) {
                if (!type.documented() && !type.isPrivate()) {
                    findings.add(source.atLine(type.line()) + " " + type.name());
                }
            }
        }
        findings.assertNone();
    }

    @Test
    void shouldSayWhatEveryPackageIs() {
        Set<String> packages = new TreeSet<>();
        Set<String> described = new HashSet<>();
        for (JavaSource source : shipped()) {
            String folder = source.path().substring(0, source.path().lastIndexOf('/'));
            if (source.path().endsWith("/package-info.java")) {
                if (source.text().startsWith("/**") && source.code().contains("@NullMarked")) {
                    described.add(folder);
                }
            } else if (!source.path().endsWith("/module-info.java")) {
                packages.add(folder);
            }
        }
        packages.removeAll(described);
        Findings findings = new Findings("A package-info with a comment and @NullMarked:");
        packages.forEach(findings::add);
        findings.assertNone();
    }

    /**
     * What code must not hold.
     *
     * @param regex looked for where there are neither comments nor literals
     */
    private record Ban(String regex, String instead) {

        Pattern pattern() {
            return Pattern.compile(regex);
        }
    }

    /**
     * Files that may.
     *
     * @param path how the files' paths begin
     * @param ban a piece of the ban's regex
     */
    private record Exemption(String path, String ban, String reason) {}
}
