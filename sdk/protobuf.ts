/**
 * Messages of Protocol Buffers, for gRPC and other bodies.
 *
 *     const reader = new ProtoReader(bytes);
 *     for (let tag = reader.next(); tag; tag = reader.next()) {
 *       if (tag == tagOf(1, Wire.Bytes)) name = reader.string();
 *       else reader.skip();
 *     }
 *     if (reader.failed) return respond(400);
 *
 * `asmfilter build` writes classes that read and write themselves for the `.proto` files of a filter's `proto` folder;
 * {@link ProtoReader} and {@link ProtoWriter} are what they use.
 * @module
 */
export { ProtoReader } from "./assembly/protobuf/reader";
export { tagOf, Wire } from "./assembly/protobuf/wire";
export { ProtoWriter } from "./assembly/protobuf/writer";
