// 设置页面的文字。
import type * as english from "../en/settings.ts";

export const settingsWords: Record<keyof typeof english.settingsWords, string> = {
  hostnames: "主机名",
  timeZone: "时区",
  tokens: "读者令牌",
  usage: "本月用量",
  beacons: "收到的信标",
  writeUnits: "写入单元",
  refused: "被拒请求",
  leftOut: "未计入的会话",
  leftOutNote:
    "有些小时的数据超过该站点的上限，其中最大的会话未计入统计。请检查是否有流量攻击，或提高上限（hour_megabytes）：35 天内的数据会恢复。",
  estimate: "估算费用",
  estimateNote:
    "接收这些信标的费用（API Gateway、Lambda、DynamoDB 写入），按 us-east-1 区域 {0}的 AWS 标价计算。报表、存储与 CloudFront 另计，以账单为准。",
  save: "保存",
  saved: "已保存",
};
