/** Effective settings of every topic, computed again only when one of the maps they come from was replaced. */
import type { ConfigMap, MetadataImage } from '../controller/index.js';
import { effectiveTopicConfig, type TopicSettings } from './effective-topic-config.js';

const TOPIC = 2;
const BROKER = 4;

interface Known { topic: ConfigMap; broker: ConfigMap; clusterDefault: ConfigMap; settings: TopicSettings }

function sameEntries(a: ConfigMap, b: ConfigMap): boolean {
  if (a === b) return true;
  if (a.size !== b.size) return false;
  for (const [name, value] of a) if (b.get(name) !== value) return false;
  return true;
}

export interface TopicSettingsSource {
  /** The same object as long as nothing changed. */
  settings(image: MetadataImage, topic: string): TopicSettings;
  forget(topic: string): void;
}

export function createTopicSettingsSource(nodeId: number, properties: ConfigMap): TopicSettingsSource {
  const known = new Map<string, Known>();
  return {
    settings(image, topic) {
      const maps = { topic: image.configs(TOPIC, topic), broker: image.configs(BROKER, String(nodeId)), clusterDefault: image.configs(BROKER, '') };
      const before = known.get(topic);
      if (before !== undefined && sameEntries(before.topic, maps.topic) && sameEntries(before.broker, maps.broker) && sameEntries(before.clusterDefault, maps.clusterDefault)) {
        return before.settings;
      }
      const settings = effectiveTopicConfig({ ...maps, static: properties });
      known.set(topic, { ...maps, settings });
      return settings;
    },
    forget(topic) { known.delete(topic); },
  };
}
