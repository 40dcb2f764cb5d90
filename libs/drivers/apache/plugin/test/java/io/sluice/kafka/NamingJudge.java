package io.sluice.kafka;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sluice.kafka.naming.NamingPolicy;
import io.sluice.kafka.naming.NamingPolicyException;
import io.sluice.kafka.naming.NamingPolicyReader;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Reads lines of {@code {"policy", "names"}} and prints for each what the plugin objects to: one side of the differential. */
public final class NamingJudge {
    private static final ObjectMapper JSON = new ObjectMapper();

    private NamingJudge() {
    }

    public static void main(String[] args) throws Exception {
        PrintStream out = new PrintStream(System.out, false, StandardCharsets.UTF_8);
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = in.readLine(); line != null; line = in.readLine()) out.println(JSON.writeValueAsString(judged(JSON.readTree(line))));
        out.flush();
    }

    private static Map<String, Object> judged(JsonNode question) {
        try {
            NamingPolicy policy = NamingPolicyReader.read(question.get("policy"));
            List<List<String>> objections = new ArrayList<>();
            for (JsonNode name : question.get("names")) {
                List<String> both = new ArrayList<>();
                both.add(policy.objectionTo(name.textValue(), true));
                both.add(policy.objectionTo(name.textValue(), false));
                objections.add(both);
            }
            return Map.of("objections", objections);
        } catch (NamingPolicyException error) {
            return Map.of("refused", error.getMessage());
        }
    }
}
