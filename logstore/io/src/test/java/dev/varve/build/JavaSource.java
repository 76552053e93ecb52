package dev.varve.build;

import com.sun.source.tree.ClassTree;
import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.tree.LineMap;
import com.sun.source.tree.MethodTree;
import com.sun.source.tree.ModifiersTree;
import com.sun.source.tree.Tree;
import com.sun.source.tree.VariableTree;
import com.sun.source.util.DocTrees;
import com.sun.source.util.SourcePositions;
import com.sun.source.util.TreePath;
import com.sun.source.util.TreePathScanner;
import java.util.ArrayList;
import java.util.List;
import javax.lang.model.element.Modifier;
import org.jspecify.annotations.Nullable;

/**
 * What the build's tests look at in a Java file: its text, and the types, methods and fields that
 * it declares, as the JDK's own parser finds them.
 *
 * @param path path from the project's root, with slashes
 * @param code the text with blanks for comments and literals, offsets unchanged
 */
record JavaSource(
        String path,
        String text,
        String code,
        List<TypeDeclaration> types,
        List<MethodDeclaration> methods,
        List<FieldDeclaration> fields) {

    static JavaSource of(String path, String text, CompilationUnitTree unit, DocTrees trees) {
        Declarations found = new Declarations(unit, trees);
        found.scan(unit, null);
        return new JavaSource(
                path, text, Blanked.of(text), found.types, found.methods, found.fields);
    }

    /** Whether the file is shipped. */
    boolean isMain() {
        return path.contains("/src/main/");
    }

    /** Lines that hold more than blanks and comments. */
    long codeLines() {
        return code.lines().filter(line -> !line.isBlank()).count();
    }

    /** Where an offset is, as compilers say it. */
    String at(int offset) {
        return atLine(1 + text.substring(0, offset).chars().filter(c -> c == '\n').count());
    }

    String atLine(long line) {
        return path + ":" + line;
    }

    /** The name by which a list of exceptions knows a method: file and method. */
    String nameOf(MethodDeclaration method) {
        String file = path.substring(path.lastIndexOf('/') + 1);
        return file.replace(".java", ".") + method.name();
    }

    /**
     * A type with a name.
     *
     * @param owner the type around it, if any
     */
    record TypeDeclaration(
            String name,
            ClassTree tree,
            @Nullable TypeDeclaration owner,
            boolean documented,
            long line) {

        /** Whether everybody sees it. */
        boolean isPublic() {
            return isDeclaredPublic(tree.getModifiers(), owner)
                    && (owner == null || owner.isPublic());
        }

        boolean isPrivate() {
            return tree.getModifiers().getFlags().contains(Modifier.PRIVATE);
        }

        /** The components of a record, else nothing. */
        List<VariableTree> components() {
            if (tree.getKind() != Tree.Kind.RECORD) {
                return List.of();
            }
            return tree.getMembers().stream()
                    .filter(VariableTree.class::isInstance)
                    .map(VariableTree.class::cast)
                    .filter(v -> !v.getModifiers().getFlags().contains(Modifier.STATIC))
                    .toList();
        }
    }

    /**
     * A method or constructor.
     *
     * @param owner the type it belongs to; null for one of an anonymous type
     * @param lines from its first annotation to its last brace
     */
    record MethodDeclaration(
            @Nullable TypeDeclaration owner, MethodTree tree, long line, long lines) {

        String name() {
            String name = tree.getName().toString();
            return name.equals("<init>") && owner != null ? owner.name() : name;
        }

        /** Whether it is the constructor of a record that takes its components. */
        boolean isOfComponents() {
            return tree.getName().contentEquals("<init>")
                    && owner != null
                    && !owner.components().isEmpty()
                    && owner.components().size() == tree.getParameters().size();
        }

        /** Whether the choice of its parameters is not its own. */
        boolean overrides() {
            return tree.getModifiers().getAnnotations().stream()
                    .anyMatch(a -> a.getAnnotationType().toString().equals("Override"));
        }

        boolean isPublic() {
            return owner != null
                    && isDeclaredPublic(tree.getModifiers(), owner)
                    && owner.isPublic();
        }

        boolean hasBooleanParameter() {
            return tree.getParameters().stream()
                    .anyMatch(p -> String.valueOf(p.getType()).equals("boolean"));
        }
    }

    /** A field of a type. */
    record FieldDeclaration(VariableTree tree, long line) {

        boolean isNonFinalStatic() {
            return tree.getModifiers().getFlags().contains(Modifier.STATIC)
                    && !tree.getModifiers().getFlags().contains(Modifier.FINAL);
        }
    }

    private static boolean isDeclaredPublic(
            ModifiersTree modifiers, @Nullable TypeDeclaration owner) {
        boolean inInterface = owner != null && owner.tree().getKind() == Tree.Kind.INTERFACE;
        return modifiers.getFlags().contains(Modifier.PUBLIC)
                || inInterface && !modifiers.getFlags().contains(Modifier.PRIVATE);
    }

    /** Collects declarations; what stands inside of anonymous types belongs to no named type. */
    private static final class Declarations
            extends TreePathScanner<@Nullable Void, @Nullable TypeDeclaration> {

        private final CompilationUnitTree unit;
        private final DocTrees trees;
        private final SourcePositions positions;
        private final LineMap lines;
        private final List<TypeDeclaration> types = new ArrayList<>();
        private final List<MethodDeclaration> methods = new ArrayList<>();
        private final List<FieldDeclaration> fields = new ArrayList<>();

        Declarations(CompilationUnitTree unit, DocTrees trees) {
            this.unit = unit;
            this.trees = trees;
            this.positions = trees.getSourcePositions();
            this.lines = unit.getLineMap();
        }

        @Override
        public @Nullable Void visitClass(ClassTree tree, @Nullable TypeDeclaration owner) {
            if (tree.getSimpleName().isEmpty()) {
                return super.visitClass(tree, null);
            }
            boolean documented = trees.getDocComment(getCurrentPath()) != null;
            String name = tree.getSimpleName().toString();
            TypeDeclaration type = new TypeDeclaration(name, tree, owner, documented, lineOf(tree));
            types.add(type);
            return super.visitClass(tree, type);
        }

        @Override
        public @Nullable Void visitMethod(MethodTree tree, @Nullable TypeDeclaration owner) {
            long start = positions.getStartPosition(unit, tree);
            long end = positions.getEndPosition(unit, tree);
            if (start >= 0 && end > start) { // not one that the compiler adds
                long first = lines.getLineNumber(start);
                long count = lines.getLineNumber(end) - first + 1;
                methods.add(new MethodDeclaration(owner, tree, first, count));
            }
            return super.visitMethod(tree, owner);
        }

        @Override
        public @Nullable Void visitVariable(VariableTree tree, @Nullable TypeDeclaration owner) {
            TreePath parent = getCurrentPath().getParentPath();
            if (parent.getLeaf() instanceof ClassTree) {
                fields.add(new FieldDeclaration(tree, lineOf(tree)));
            }
            return super.visitVariable(tree, owner);
        }

        private long lineOf(Tree tree) {
            return lines.getLineNumber(positions.getStartPosition(unit, tree));
        }
    }
}
