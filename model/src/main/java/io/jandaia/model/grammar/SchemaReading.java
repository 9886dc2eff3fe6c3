package io.jandaia.model.grammar;

/** How a JSON schema is understood where it leaves something open. Every text is valid in either way. */
public enum SchemaReading {
    /**
     * As schemas are usually meant: without {@code type} it is the one that the keywords are about, members that it does not name
     * come only where {@code additionalProperties} says so, and integers have no point.
     */
    USUAL,
    /** To the letter: whatever it does not forbid may come. */
    COMPLETE
}
