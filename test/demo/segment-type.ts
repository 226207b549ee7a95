/** SkyWalking's segment, by reflection over the committed descriptors. In this folder, so that the bundle finds them, too. */
import { readFileSync } from 'node:fs';
import protobuf from 'protobufjs';

export function segmentType(): protobuf.Type {
  const file = new URL('../fixtures/skywalking.descriptor.json', import.meta.url);
  return protobuf.Root.fromJSON(JSON.parse(readFileSync(file, 'utf8')) as protobuf.INamespace).lookupType('SegmentObject');
}
