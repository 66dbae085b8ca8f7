/**
 * What the proxy calls. Whatever a file of this folder exports, the module does. The compiler keeps of these exports
 * only those that do something in this module: Envoy skips the others, and every crossing costs.
 * @module
 */
import "./lifecycle";
import "./calls";
import "./http";
import "./network";
import "./plugin";
