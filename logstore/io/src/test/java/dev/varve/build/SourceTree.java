package dev.varve.build;

import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.util.DocTrees;
import com.sun.source.util.JavacTask;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.StreamSupport;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;

/** The files of the whole project, whatever the module that is being built. */
final class SourceTree {

    private static final Set<String> NOT_OURS = Set.of("target", ".git", ".idea", ".vscode");

    private final Path root;
    private final List<Path> files;

    private SourceTree(Path root, List<Path> files) {
        this.root = root;
        this.files = files;
    }

    /** The project that is being built. */
    static SourceTree ofProject() throws IOException {
        Path root = Path.of(Objects.requireNonNull(System.getProperty("varve.root"))).toRealPath();
        List<Path> files = new ArrayList<>();
        Files.walkFileTree(
                root,
                new SimpleFileVisitor<>() {
                    @Override
                    public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes a) {
                        boolean foreign =
                                NOT_OURS.contains(folder.getFileName().toString())
                                        || folder.equals(root.resolve("varve-data"));
                        return foreign ? FileVisitResult.SKIP_SUBTREE : FileVisitResult.CONTINUE;
                    }

                    @Override
                    public FileVisitResult visitFile(Path file, BasicFileAttributes a) {
                        files.add(file);
                        return FileVisitResult.CONTINUE;
                    }
                });
        files.sort(null);
        return new SourceTree(root, List.copyOf(files));
    }

    Path root() {
        return root;
    }

    /** Path from the root, with slashes. */
    String name(Path file) {
        return root.relativize(file).toString().replace('\\', '/');
    }

    /** All files whose names end so, in order of their paths. */
    List<Path> files(String... endings) {
        return files.stream()
                .filter(file -> List.of(endings).stream().anyMatch(file.toString()::endsWith))
                .toList();
    }

    static String read(Path file) {
        try {
            return Files.readString(file, StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + file, e);
        }
    }

    /** Every Java file below a {@code src} folder, parsed. */
    List<JavaSource> javaSources() throws IOException {
        List<Path> paths =
                files(".java").stream().filter(file -> name(file).contains("/src/")).toList();
        JavaCompiler compiler = Objects.requireNonNull(ToolProvider.getSystemJavaCompiler());
        try (StandardJavaFileManager manager =
                compiler.getStandardFileManager(null, null, StandardCharsets.UTF_8)) {
            JavacTask task =
                    (JavacTask)
                            compiler.getTask(
                                    null,
                                    manager,
                                    null,
                                    List.of("-proc:none"),
                                    null,
                                    manager.getJavaFileObjectsFromPaths(paths));
            DocTrees trees = DocTrees.instance(task);
            Iterable<? extends CompilationUnitTree> units = task.parse();
            return StreamSupport.stream(units.spliterator(), false)
                    .map(unit -> source(unit, trees))
                    .toList();
        }
    }

    private JavaSource source(CompilationUnitTree unit, DocTrees trees) {
        Path file = Path.of(unit.getSourceFile().toUri());
        return JavaSource.of(name(file), read(file), unit, trees);
    }
}
