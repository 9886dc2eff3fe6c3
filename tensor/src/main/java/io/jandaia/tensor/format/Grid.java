package io.jandaia.tensor.format;

import java.util.Base64;

/**
 * The points a format of the IQ family chooses from: its codes are their numbers. A point has four or eight coordinates, each
 * one of a few levels; read as a numeral whose lowest digit is the first coordinate, points come in ascending order. So a
 * grid is a set, kept as one bit for each possible point.
 */
final class Grid {

    private final int dimensions;
    private final float[] points; // [count, dimensions]

    private Grid(int dimensions, float[] points) {
        this.dimensions = dimensions;
        this.points = points;
    }

    /** A grid from its bits in base64, lowest first. */
    static Grid of(String base64, int dimensions, int... levels) {
        byte[] bits = Base64.getDecoder().decode(base64);
        int count = 0;
        for (byte b : bits) {
            count += Integer.bitCount(b & 255);
        }
        float[] points = new float[count * dimensions];
        int at = 0;
        for (int numeral = 0; numeral < 8 * bits.length; numeral++) {
            if (((bits[numeral / 8] >> (numeral % 8)) & 1) == 1) {
                int rest = numeral;
                for (int i = 0; i < dimensions; i++) {
                    points[at++] = levels[rest % levels.length];
                    rest /= levels.length;
                }
            }
        }
        return new Grid(dimensions, points);
    }

    /** Writes {@code scale * point}, negated where bit i of {@code signs} is set: without a branch, as signs are random. */
    void put(int point, float scale, int signs, float[] out, int at) {
        int from = point * dimensions;
        for (int i = 0; i < dimensions; i++) {
            int negative = (signs << (31 - i)) & Integer.MIN_VALUE;
            out[at + i] = Float.intBitsToFloat(Float.floatToRawIntBits(scale * points[from + i]) ^ negative);
        }
    }

    /** Writes {@code scale * (point + delta)}. */
    void putShifted(int point, float scale, float delta, float[] out, int at) {
        for (int i = 0; i < dimensions; i++) {
            out[at + i] = scale * (points[point * dimensions + i] + delta);
        }
    }

    /** Eight signs from the seven that are stored: an even number of them is negative. */
    static int evenSigns(int seven) {
        return seven | ((Integer.bitCount(seven) & 1) << 7);
    }
}
