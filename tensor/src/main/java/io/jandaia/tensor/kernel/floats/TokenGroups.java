package io.jandaia.tensor.kernel.floats;

/**
 * Tokens in groups, whose sizes differ by one at most.
 *
 * @param tokens all of them, at least 1
 * @param most tokens of a group
 */
public record TokenGroups(int tokens, int most) {

    public int count() {
        return (tokens + most - 1) / most;
    }

    /** The first token of a group; of the group after the last, the number of tokens. */
    public int first(int group) {
        return (int) ((long) group * tokens / count());
    }

    public int size(int group) {
        return first(group + 1) - first(group);
    }

    /** The group that a token is in. */
    public int of(int token) {
        int group = (int) ((long) token * count() / tokens);
        while (first(group + 1) <= token) {
            group++;
        }
        return group;
    }
}
