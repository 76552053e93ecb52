package dev.varve.logstore.io.sim;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.lang.invoke.MethodHandles;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Pattern;
import javax.tools.FileObject;
import javax.tools.ForwardingJavaFileManager;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileManager;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;

/**
 * Sources of the tree with a bug planted in them, for bugs that no fake can bring: a lock that is
 * not taken, a check that is left out. They are changed in memory, given other names and compiled
 * into the package that they are of; so the classes that other tests use stay what they are.
 *
 * <p>For one thread. Throws {@link IllegalArgumentException} if a bug cannot be planted, because
 * the code is another by now.
 */
public final class PlantedSource {

    private final List<String> files;

    /**
     * Sources to plant bugs in.
     *
     * @param files by their paths from the root of the tree: classes of one package that are to be
     *     compiled together, and the test that uses them
     */
    public PlantedSource(String... files) {
        this.files = List.of(files);
    }

    /**
     * Plants a bug.
     *
     * @param lookup of the package of the sources
     * @param suffix comes behind the name of each class among the sources
     * @param right stands in them once
     * @param wrong takes its place
     * @param user a class among the sources, or inside of one: what comes back is the changed one
     */
    public Class<?> plant(
            MethodHandles.Lookup lookup, String suffix, String right, String wrong, Class<?> user) {
        List<JavaFileObject> units = new ArrayList<>();
        int found = 0;
        for (String file : files) {
            String source = read(file);
            if (!name(file).endsWith("Test")) {
                found += source.split(Pattern.quote(right), -1).length - 1;
                source = source.replace(right, wrong);
            }
            units.add(new Source(name(file) + suffix, renamed(source, suffix)));
        }
        if (found != 1) {
            throw new IllegalArgumentException(found + " times in " + files + ": " + right);
        }
        String name = renamed(user.getName().replace('$', ' '), suffix).replace(' ', '$');
        Class<?> planted = null;
        for (byte[] type : compile(units)) {
            Class<?> defined = define(lookup, type);
            planted = defined.getName().equals(name) ? defined : planted;
        }
        return Objects.requireNonNull(planted, name);
    }

    private static Class<?> define(MethodHandles.Lookup lookup, byte[] type) {
        try {
            return lookup.defineClass(type);
        } catch (IllegalAccessException e) {
            throw new IllegalArgumentException(e);
        }
    }

    private String renamed(String source, String suffix) {
        String result = source;
        for (String file : files) {
            result = result.replaceAll("\\b" + name(file) + "\\b", name(file) + suffix);
        }
        return result;
    }

    private static String name(String file) {
        return file.substring(file.lastIndexOf('/') + 1).replace(".java", "");
    }

    private static String read(String file) {
        Path root = Path.of(Objects.requireNonNull(System.getProperty("varve.root")));
        try {
            return Files.readString(root.resolve(file));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static List<byte[]> compile(List<JavaFileObject> units) {
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        StringWriter messages = new StringWriter();
        List<String> options =
                List.of("-proc:none", "-nowarn", "-cp", System.getProperty("java.class.path"));
        Map<String, ByteArrayOutputStream> written = new LinkedHashMap<>();
        try (JavaFileManager out =
                new InMemory(compiler.getStandardFileManager(null, null, null), written)) {
            if (!compiler.getTask(messages, out, null, options, null, units).call()) {
                throw new IllegalArgumentException("the bug does not compile: " + messages);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return written.values().stream().map(ByteArrayOutputStream::toByteArray).toList();
    }

    private static final class Source extends SimpleJavaFileObject {
        private final String text;

        Source(String name, String text) {
            super(URI.create("planted:///" + name + ".java"), Kind.SOURCE);
            this.text = text;
        }

        @Override
        public CharSequence getCharContent(boolean ignoreEncodingErrors) {
            return text;
        }
    }

    /** Takes what the compiler writes. */
    private static final class InMemory extends ForwardingJavaFileManager<JavaFileManager> {
        private final Map<String, ByteArrayOutputStream> written;

        InMemory(JavaFileManager files, Map<String, ByteArrayOutputStream> written) {
            super(files);
            this.written = written;
        }

        @Override
        public JavaFileObject getJavaFileForOutput(
                Location location, String name, JavaFileObject.Kind kind, FileObject sibling) {
            return new SimpleJavaFileObject(URI.create("planted:///" + name + ".class"), kind) {
                @Override
                public OutputStream openOutputStream() {
                    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
                    written.put(name, bytes);
                    return bytes;
                }
            };
        }
    }
}
