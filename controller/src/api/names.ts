/** The API group of every resource of this project. */
export const API_GROUP = "asmfilter.io";
/** The served and stored version. */
export const VERSION = "v1";
/** What stands in a resource's `apiVersion`. */
export const API_VERSION = `${API_GROUP}/${VERSION}`;
/** What stands in a resource's `kind`. */
export const KIND = "ASMFilterDeployment";
/** The resource's name in URLs and RBAC rules. */
export const PLURAL = "asmfilterdeployments";
