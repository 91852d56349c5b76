// 筛选编辑器的文字。
import type * as english from "../en/filter.ts";

export const filterWords: Record<keyof typeof english.filterWords, string> = {
  searchDimensions: "搜索筛选维度",
  allDimensions: "换一个维度",
  filterHint: "请选择筛选维度。多个筛选条件须同时满足。",
  operator: "比较方式",
  searchValues: "搜索或输入值",
  asTyped: "按输入",
  noValues: "此时间范围内没有找到。",
  typeNumber: "请输入数字。",
  removeValue: "移除值",
  valuesNote: "同一筛选中的多个值为“或”，多个筛选之间为“且”。",
  conditionsNote: "同一个事件须满足所有条件。",
  condition: "条件",
  chooseKey: "对事件数据的条件",
  key: "搜索或输入键",
  addCondition: "对事件数据的条件",
  removeCondition: "移除条件",
  bots_exclude: "不计入",
  matched: "{0} 次会话符合条件",
  cancel: "取消",
  apply: "应用筛选",
};
