package io.sluice.kafka.naming;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * A name that fits, as near as can be to one that doesn't: the name's segments are laid along the template's parts, in order and none left out, where that costs
 * least, and each is mended. The same costs, order and bounds as {@code libs/naming/propose.ts}, and so the same proposals.
 */
final class NameProposal {
    private record Mended(String text, int cost) {
    }

    /** A missing part is dearer than a slip of a letter or two and cheaper than making a word of another. */
    private static final int MISSING_COST = 4;
    private static final int CLEANED_COST = 1;
    private static final int NEAREST_COST = 2;
    private static final String SPACES = " \\t\\n\\u000b\\f\\r\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000\\ufeff";
    private static final String BETWEEN_WORDS = "[._/:\\\\,;|" + SPACES + "]+";

    private final List<NamingPart> parts;
    private final NearestText.Budget budget = new NearestText.Budget(NamingLimits.PROPOSAL_STEPS_MAX);

    private NameProposal(NamingPolicy policy) {
        parts = policy.parts();
    }

    /** For a name that doesn't fit. */
    static String of(NamingPolicy policy, String topicName) {
        int longest = NamingLimits.TOPIC_NAME_LENGTH_MAX + 1;
        NameProposal proposal = new NameProposal(policy);
        List<Mended> best = null;
        for (List<String> segments : proposal.splits(topicName.length() > longest ? topicName.substring(0, longest) : topicName)) {
            List<Mended> laid = proposal.layAlong(segments);
            if (best == null || costOf(laid) < costOf(best)) best = laid;
        }
        return proposal.shortened(policy, best);
    }

    private static int costOf(List<Mended> mended) {
        return mended.stream().mapToInt(Mended::cost).sum();
    }

    /** By dots; and where these are too few, by whatever else people put between words, if that is enough. */
    private List<List<String>> splits(String name) {
        List<String> byDots = words(name.split("\\.", -1));
        List<String> byAll = words(name.split(BETWEEN_WORDS, -1));
        return byDots.size() < parts.size() && byAll.size() >= parts.size() ? List.of(byDots, byAll) : List.of(byDots);
    }

    private static List<String> words(String[] segments) {
        return Arrays.stream(segments).filter(segment -> segment.chars().anyMatch(each -> each < 128 && Character.isLetterOrDigit(each))).toList();
    }

    private List<Mended> layAlong(List<String> segments) {
        int last = parts.size() - 1;
        List<Mended> placeholders = parts.stream().map(this::placeholder).toList();
        // By how many segments are used up: the cheapest way along the parts so far. A part takes one segment or none.
        Map<Integer, List<Mended>> best = new LinkedHashMap<>(Map.of(0, List.of()));
        for (int index = 0; index < last; index += 1) {
            Map<Integer, List<Mended>> next = new LinkedHashMap<>();
            for (Map.Entry<Integer, List<Mended>> way : best.entrySet()) {
                int used = way.getKey();
                if (used < segments.size()) offer(next, used + 1, way.getValue(), mend(parts.get(index), segments.get(used)));
                offer(next, used, way.getValue(), placeholders.get(index));
            }
            best = next;
        }
        List<Mended> cheapest = null;
        for (Map.Entry<Integer, List<Mended>> way : best.entrySet()) {
            int used = way.getKey();
            Mended rest = used < segments.size() ? mend(parts.get(last), String.join(".", segments.subList(used, segments.size()))) : placeholders.get(last);
            List<Mended> whole = extended(way.getValue(), rest);
            if (cheapest == null || costOf(whole) < costOf(cheapest)) cheapest = whole;
        }
        return cheapest;
    }

    private static void offer(Map<Integer, List<Mended>> ways, int used, List<Mended> way, Mended next) {
        List<Mended> offered = extended(way, next);
        ways.merge(used, offered, (present, other) -> costOf(other) < costOf(present) ? other : present);
    }

    private static List<Mended> extended(List<Mended> way, Mended next) {
        List<Mended> longer = new ArrayList<>(way);
        longer.add(next);
        return longer;
    }

    /** Small letters; what is no letter, digit or (in the last part) dot becomes a hyphen, none doubled and none at the ends. */
    private static String cleaned(String text, boolean dots) {
        String lower = text.toLowerCase(Locale.ROOT);
        List<String> pieces = new ArrayList<>();
        for (String piece : dots ? lower.split("\\.", -1) : new String[] {lower}) {
            String clean = piece.replaceAll("[^a-z0-9]+", "-").replaceAll("^-+|-+$", "");
            if (!clean.isEmpty()) pieces.add(clean);
        }
        return String.join(".", pieces);
    }

    private Mended mend(NamingPart part, String text) {
        if (part.fits(text)) return new Mended(text, 0);
        String clean = cleaned(text, part.isLast());
        for (String each : List.of(text.toLowerCase(Locale.ROOT), clean, clean.replace('-', '_'))) if (part.fits(each)) return new Mended(each, CLEANED_COST);
        NearestText found = part.nearest(clean, budget);
        return found == null ? new Mended(part.shortest(), NEAREST_COST + text.length()) : new Mended(found.text(), NEAREST_COST + found.distance());
    }

    private Mended placeholder(NamingPart part) {
        if (part.values() != null) return new Mended(part.values().get(0), MISSING_COST);
        if (part.fits(part.name())) return new Mended(part.name(), MISSING_COST);
        NearestText found = part.nearest(part.name(), budget);
        return new Mended(found == null ? part.shortest() : found.text(), MISSING_COST);
    }

    /** While the name is too long, the longest part gives way to its shortest form: the policy was checked to leave room for all of these. */
    private String shortened(NamingPolicy policy, List<Mended> mended) {
        List<String> texts = new ArrayList<>(mended.stream().map(Mended::text).toList());
        while (!NameVerdict.of(policy, String.join(".", texts)).fits()) {
            int longest = 0;
            for (int index = 1; index < texts.size(); index += 1) if (excess(texts, index) > excess(texts, longest)) longest = index;
            if (texts.get(longest).equals(parts.get(longest).shortest())) break;
            texts.set(longest, parts.get(longest).shortest());
        }
        return String.join(".", texts);
    }

    private int excess(List<String> texts, int index) {
        return texts.get(index).length() - parts.get(index).shortest().length();
    }
}
