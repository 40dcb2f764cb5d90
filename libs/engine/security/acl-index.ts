/** ACLs of an image by resource: literal names in a map, prefixes by length, so that a decision looks at a few entries only. */
import { PatternType, type AclImage, type MetadataImage } from '../controller/index.js';

export interface AclIndex {
  /** ACLs whose pattern matches the resource: its literal name, `*`, and every prefix of the name. */
  matching(resourceType: number, resourceName: string): AclImage[];
  ofType(resourceType: number): readonly AclImage[];
}

export const WILDCARD = '*';

interface TypeIndex { all: AclImage[]; literal: Map<string, AclImage[]>; prefixed: Map<string, AclImage[]>; prefixLengths: number[] }

const push = (map: Map<string, AclImage[]>, key: string, acl: AclImage): void => {
  const found = map.get(key);
  if (found === undefined) map.set(key, [acl]);
  else found.push(acl);
};

export function buildAclIndex(acls: MetadataImage['acls']): AclIndex {
  const types = new Map<number, TypeIndex>();
  for (const acl of acls.values()) {
    let index = types.get(acl.resourceType);
    if (index === undefined) types.set(acl.resourceType, index = { all: [], literal: new Map(), prefixed: new Map(), prefixLengths: [] });
    index.all.push(acl);
    if (acl.patternType === PatternType.literal) push(index.literal, acl.resourceName, acl);
    else if (acl.patternType === PatternType.prefixed) push(index.prefixed, acl.resourceName, acl);
  }
  for (const index of types.values()) index.prefixLengths = [...new Set([...index.prefixed.keys()].map((prefix) => prefix.length))];
  return {
    ofType: (resourceType) => types.get(resourceType)?.all ?? [],
    matching(resourceType, resourceName) {
      const index = types.get(resourceType);
      if (index === undefined) return [];
      const found = [...index.literal.get(resourceName) ?? []];
      if (resourceName !== WILDCARD) found.push(...index.literal.get(WILDCARD) ?? []);
      for (const length of index.prefixLengths) {
        if (length <= resourceName.length) found.push(...index.prefixed.get(resourceName.slice(0, length)) ?? []);
      }
      return found;
    },
  };
}
