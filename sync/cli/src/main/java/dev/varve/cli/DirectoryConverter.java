package dev.varve.cli;

import java.nio.file.Path;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads the name of a directory. Stateless. */
final class DirectoryConverter implements ITypeConverter<Path> {

    /** An empty path is the working directory, which nobody means who names none. */
    @Override
    public Path convert(String value) {
        if (value.isEmpty()) {
            throw new TypeConversionException("it names no directory, and . is the working one");
        }
        return Path.of(value);
    }
}
