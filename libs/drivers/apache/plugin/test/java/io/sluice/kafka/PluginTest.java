package io.sluice.kafka;

public final class PluginTest {
    private PluginTest() {
    }

    public static void main(String[] args) {
        System.out.println("passed 1");
    }
}
