package io.sluice.kafka.naming;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * A pattern's positions and which follow which: Glushkov's construction, one state for each character the pattern stands on. The follow sets are in ascending order, and
 * the first ones in the order of the pattern: the search for the nearest text depends on it.
 */
final class Automaton {
    private record Fragment(boolean nullable, List<Integer> first, List<Integer> last) {
        static final Fragment EMPTY = new Fragment(true, List.of(), List.of());
    }

    private static final int CHARACTERS = 128;

    final List<String> sets = new ArrayList<>();
    final List<int[]> follow;
    final int[] first;
    final BitSet accepting = new BitSet();

    /** By character: the positions that stand on it. */
    private final BitSet[] standingOn = Stream.generate(BitSet::new).limit(CHARACTERS).toArray(BitSet[]::new);
    private final boolean dots;
    private final List<BitSet> following = new ArrayList<>();
    private int steps;

    /** {@code dots}: whether the text may hold dots. */
    Automaton(PatternNode root, boolean dots) throws PatternSyntaxException {
        this.dots = dots;
        Fragment whole = make(root);
        first = whole.first.stream().mapToInt(Integer::intValue).toArray();
        follow = following.stream().map(each -> each.stream().toArray()).toList();
        whole.last.forEach(accepting::set);
        for (int position = 0; position < sets.size(); position += 1) {
            for (char character : sets.get(position).toCharArray()) standingOn[character].set(position);
        }
    }

    private Fragment make(PatternNode node) throws PatternSyntaxException {
        steps += 1;
        if (steps > NamingLimits.BUILD_STEPS_MAX) throw tooLarge();
        if (node instanceof PatternNode.Characters set) return position(set.characters());
        if (node instanceof PatternNode.Repeat repeat) return repeat(repeat);
        if (node instanceof PatternNode.Choice choice) {
            List<Fragment> each = makeAll(choice.nodes());
            return new Fragment(each.stream().anyMatch(Fragment::nullable), each.stream().flatMap(one -> one.first.stream()).toList(),
                each.stream().flatMap(one -> one.last.stream()).toList());
        }
        return makeAll(((PatternNode.Sequence) node).nodes()).stream().reduce(Fragment.EMPTY, this::join);
    }

    private List<Fragment> makeAll(List<PatternNode> nodes) throws PatternSyntaxException {
        List<Fragment> made = new ArrayList<>(nodes.size());
        for (PatternNode node : nodes) made.add(make(node));
        return made;
    }

    private Fragment position(String characters) throws PatternSyntaxException {
        if (sets.size() == NamingLimits.PATTERN_POSITIONS_MAX) throw tooLarge();
        sets.add(dots ? characters : characters.replace(".", ""));
        following.add(new BitSet());
        List<Integer> one = List.of(sets.size() - 1);
        return new Fragment(false, one, one);
    }

    private Fragment repeat(PatternNode.Repeat repeat) throws PatternSyntaxException {
        Fragment made = Fragment.EMPTY;
        int copies = repeat.max() == null ? Math.max(1, repeat.min()) : repeat.max();
        for (int count = 0; count < copies; count += 1) {
            Fragment one = make(repeat.node());
            if (repeat.max() == null && count == copies - 1) join(one, one);
            made = join(made, count < repeat.min() ? one : new Fragment(true, one.first, one.last));
        }
        return made;
    }

    private Fragment join(Fragment a, Fragment b) {
        for (int from : a.last) for (int to : b.first) following.get(from).set(to);
        return new Fragment(a.nullable && b.nullable, a.nullable ? union(a.first, b.first) : a.first, b.nullable ? union(a.last, b.last) : b.last);
    }

    private static List<Integer> union(Collection<Integer> a, Collection<Integer> b) {
        Set<Integer> both = new LinkedHashSet<>(a);
        both.addAll(b);
        return List.copyOf(both);
    }

    private static PatternSyntaxException tooLarge() {
        return new PatternSyntaxException("the pattern is too large: written out it has more than " + NamingLimits.PATTERN_POSITIONS_MAX + " characters");
    }

    /** All states are run at once: a text costs its length times a constant, whatever the pattern. */
    boolean matches(String text) {
        BitSet active = null;
        for (int index = 0; index < text.length(); index += 1) {
            char character = text.charAt(index);
            if (character >= CHARACTERS) return false;
            BitSet next = new BitSet();
            if (active == null) IntStream.of(first).forEach(next::set);
            else active.stream().forEach(position -> next.or(following.get(position)));
            next.and(standingOn[character]);
            if (next.isEmpty()) return false;
            active = next;
        }
        return active != null && active.intersects(accepting);
    }
}
