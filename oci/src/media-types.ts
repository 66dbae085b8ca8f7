/** Media types of image-spec 1.1, and Docker's that came before them. */
export const imageManifest = "application/vnd.oci.image.manifest.v1+json";
export const imageIndex = "application/vnd.oci.image.index.v1+json";
export const imageConfig = "application/vnd.oci.image.config.v1+json";
export const imageLayerTarGzip = "application/vnd.oci.image.layer.v1.tar+gzip";
export const emptyConfig = "application/vnd.oci.empty.v1+json";
export const dockerManifest = "application/vnd.docker.distribution.manifest.v2+json";
export const dockerManifestList = "application/vnd.docker.distribution.manifest.list.v2+json";
export const dockerConfig = "application/vnd.docker.container.image.v1+json";
export const dockerLayerTarGzip = "application/vnd.docker.image.rootfs.diff.tar.gzip";

/** What a manifest endpoint stores and we can read; everything else is a blob. */
export const manifestTypes: readonly string[] = [imageManifest, imageIndex, dockerManifest, dockerManifestList];

export function isManifestType(mediaType: string): boolean {
  return manifestTypes.includes(mediaType);
}

export function isIndexType(mediaType: string): boolean {
  return mediaType === imageIndex || mediaType === dockerManifestList;
}

/** The annotation by which an image layout names an entry of its index (image-spec 1.1, image-layout.md). */
export const refNameAnnotation = "org.opencontainers.image.ref.name";
