package dev.varve.build;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

/** The rules about code must see neither comments nor literals, and nothing but these is hidden. */
final class BlankedTest {

    @Test
    void shouldBlankCommentsAndKeepLines() {
        assertEquals("a       \nb", Blanked.of("a // \"x\"\nb"));
        assertEquals("a      \n    b", Blanked.of("a /* ' \n */ b"));
        assertEquals("a /  b", Blanked.of("a /  b"));
        assertEquals("a   ", Blanked.of("a //"));
    }

    @Test
    void shouldBlankLiteralsAndKeepTheirQuotes() {
        assertEquals("f(\"    \") + g", Blanked.of("f(\"//\\\"\") + g"));
        assertEquals("'  ' + ' ' + x", Blanked.of("'\\'' + '\"' + x"));
        assertEquals("\"\" + x", Blanked.of("\"\" + x"));
        assertEquals("\"\"\"\n     \"\"\" + x", Blanked.of("\"\"\"\n \"y\" \"\"\" + x"));
    }
}
