// 事件页面的文字。
import type * as english from "../en/events.ts";

export const eventsWords: Record<keyof typeof english.eventsWords, string> = {
  keys_list: "事件内容",
  values_list: "值",
  chooseEvent: "点击一个事件，查看其内容。",
  chooseProperty: "点击一个属性，查看其值。",
  saidBy: "{0} 个事件",
  property: "属性",
  valuesCount: "值数",
  saysNothing: "此事件除发生外没有其他内容。",
  filterEvent: "按此事件筛选",
  filtersEvent: "已按此事件筛选",
  valueHead: "值",
  emptyText: "（空）",
  otherValues: "另有 {0} 个值，出现在 {1} 个事件中。",
  missingKey: "{0} 个事件没有此属性。",
  type_text: "文本",
  type_number: "数字",
  type_boolean: "真/假",
  figure_sum: "合计",
  figure_p50: "中位数",
  figure_p90: "90% 不超过",
  figure_min: "最低",
  figure_max: "最高",
};
