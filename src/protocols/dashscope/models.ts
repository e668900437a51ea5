/** Models that take more than text; and those from Qwen 3.5 on, which DashScope serves by the same API even for text. */
const MULTIMODAL = /(?:^|[-\d.])(?:vl|ocr|omni|audio|qvq)(?:[-\d]|$)|^qwen-?(?:3\.[5-9]|[4-9])/;

/** Whether a model is asked by `multimodal-generation`, where the content of a message is a list; else by `text-generation`. */
export function isMultimodal(model: string): boolean {
  return MULTIMODAL.test(model);
}
