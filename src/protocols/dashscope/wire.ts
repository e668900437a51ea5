/** DashScope's own wire format. Source: https://help.aliyun.com/zh/model-studio/qwen-api-reference, "DashScope". */

/** This folder's protocol. */
export const PROTOCOL = "dashscope";
