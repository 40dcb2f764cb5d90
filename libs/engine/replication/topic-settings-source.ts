/** Effective settings of every topic, computed again only when one of the maps they come from was replaced. Topics without settings of their own share theirs. */
import type { ConfigMap, MetadataImage } from '../controller/index.js';
import { effectiveTopicConfig, type TopicSettings } from './effective-topic-config.js';

const TOPIC = 2;
const BROKER = 4;

interface Maps { topic: ConfigMap; broker: ConfigMap; clusterDefault: ConfigMap }
interface Known extends Maps { settings: TopicSettings }

function sameEntries(a: ConfigMap, b: ConfigMap): boolean {
  if (a === b) return true;
  if (a.size !== b.size) return false;
  for (const [name, value] of a) if (b.get(name) !== value) return false;
  return true;
}

function isSame(before: Maps, maps: Maps): boolean {
  return sameEntries(before.topic, maps.topic) && sameEntries(before.broker, maps.broker) && sameEntries(before.clusterDefault, maps.clusterDefault);
}

export interface TopicSettingsSource {
  /** The same object as long as nothing changed. */
  settings(image: MetadataImage, topic: string): TopicSettings;
  forget(topic: string): void;
}

export function createTopicSettingsSource(nodeId: number, properties: ConfigMap): TopicSettingsSource {
  const known = new Map<string, Known>();
  let plain: Known | null = null;
  /** Of the image that was asked for last: every change of one asks for all topics. */
  let ofBroker: { image: MetadataImage; broker: ConfigMap; clusterDefault: ConfigMap } | null = null;
  const ofImage = (image: MetadataImage): { broker: ConfigMap; clusterDefault: ConfigMap } => {
    if (ofBroker?.image !== image) ofBroker = { image, broker: image.configs(BROKER, String(nodeId)), clusterDefault: image.configs(BROKER, '') };
    return ofBroker;
  };
  const compute = (maps: Maps): Known => ({ ...maps, settings: effectiveTopicConfig({ ...maps, static: properties }) });
  return {
    settings(image, topic) {
      const { broker, clusterDefault } = ofImage(image);
      const maps: Maps = { topic: image.configs(TOPIC, topic), broker, clusterDefault };
      if (maps.topic.size === 0) {
        known.delete(topic);
        if (plain === null || !isSame(plain, maps)) plain = compute(maps);
        return plain.settings;
      }
      let current = known.get(topic);
      if (current === undefined || !isSame(current, maps)) {
        current = compute(maps);
        known.set(topic, current);
      }
      return current.settings;
    },
    forget(topic) { known.delete(topic); },
  };
}
