package dev.varve.build;

/**
 * Blanks the comments and literals of a Java source: everything else stands where it stood, so that
 * offsets and lines are those of the file. One use, one thread.
 */
final class Blanked {

    private final String source;
    private final char[] code;

    private Blanked(String source) {
        this.source = source;
        this.code = source.toCharArray();
    }

    /** The source with blanks for comments and for what is inside of literals. */
    static String of(String source) {
        Blanked blanked = new Blanked(source);
        int at = 0;
        while (at < source.length()) {
            at = blanked.step(at);
        }
        return new String(blanked.code);
    }

    /** Blanks what starts here, if anything does; returns where to go on. */
    private int step(int at) {
        if (source.startsWith("//", at)) {
            return blank(at, endOf("\n", at));
        }
        if (source.startsWith("/*", at)) {
            return blank(at, endOf("*/", at + 2));
        }
        char c = source.charAt(at);
        String quote = source.startsWith("\"\"\"", at) ? "\"\"\"" : String.valueOf(c);
        if (c != '"' && c != '\'') {
            return at + 1;
        }
        int end = endOfLiteral(at + quote.length(), quote);
        blank(at + quote.length(), end - quote.length());
        return end;
    }

    private int endOf(String closing, int from) {
        int found = source.indexOf(closing, from);
        return found < 0 ? source.length() : found + closing.length();
    }

    private int endOfLiteral(int from, String closing) {
        int at = from;
        while (at < source.length() && !source.startsWith(closing, at)) {
            at += source.charAt(at) == '\\' ? 2 : 1;
        }
        return Math.min(source.length(), at + closing.length());
    }

    private int blank(int from, int to) {
        for (int i = from; i < to; i++) {
            if (code[i] != '\n') {
                code[i] = ' ';
            }
        }
        return to;
    }
}
