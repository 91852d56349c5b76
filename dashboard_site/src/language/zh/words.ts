// 页面上的全部中文文字；键与英文文件一致，由编译器保证。
import type * as english from "../en/words.ts";

export const LANG: string = "zh";

export const words: Record<keyof typeof english.words, string> = {
  users: "用户", sessions: "会话", pageviews: "浏览量", bounce_rate: "跳出率",
  engagement_ms_per_session: "互动时长", views_per_session: "浏览 / 会话",
  views: "浏览", engagement: "互动", scrolled: "读到底部", events: "次数", share: "%",
  from: "此前 {0}", isNew: "新增", same: "无变化", points: "{0} 个百分点",
  now: "此刻", online: "人在线", last5: "最近 5 分钟活跃用户", perMinute: "每分钟用户数",
  peak: "最高 {0}", minutesAgo: "30 分钟前", nowEnd: "现在", noActive: "此刻无人访问。",
  reconnecting: "正在重连，上次更新 {0}", growth: "增长", thisPeriod: "本周期", previousPeriod: "上一周期",
  stillCounting: "点线：统计中", allThree: "三项", usersNote: "各时段的用户数相加不等于总数：同一用户可能再次访问。",
  acquisition: "流量来源", visitors: "新访客与回访", isNewVisitor: "新访客", returning: "回访", newShare: "新访客", pagesCard: "页面", devices: "设备与地区",
  flow: "用户流向", flowNote: "会话落地之后的去向", landing: "着陆页", step: "第 {0} 步", exit: "离开", other: "其他",
  channel: "渠道", source: "来源", referrer: "来源网页", campaign: "活动", page: "页面", entry_page: "入口页", exit_page: "退出页",
  outbound: "外链", event: "事件", device: "设备", browser: "浏览器", os: "系统", screen: "屏幕", country: "国家", language: "语言",
  channels: "渠道", sources: "来源", referrers: "来源网页", campaigns: "活动", pages: "页面", entry_pages: "入口", exit_pages: "退出",
  outbounds: "外链", events_tab: "事件", browsers: "浏览器", oss: "系统", screens: "屏幕", countries: "国家", languages: "语言",
  is: "是", is_not: "不是", contains: "包含", not_contains: "不包含", starts_with: "开头是", or: "或", clearAll: "全部清除", remove: "移除筛选",
  viewAll: "查看全部", more: "{0}：更多",
  range: "时间范围", "24h": "24 小时", "7d": "7 天", "30d": "30 天", all: "全部", custom: "自定义", "24hLong": "最近 24 小时", "7dLong": "最近 7 天", "30dLong": "最近 30 天", allLong: "全部时间",
  compare: "对比", menu: "菜单", definitions: "指标定义",
  keys: "键盘快捷键", site: "站点", switchSite: "切换站点",
  clearFilters: "清除筛选", emptyList: "此时间范围内没有数据。",
  failed: "无法读取这些数字。", retry: "重试",
  offline: "您已离线，显示的是 {0} 的数字。", updated: "更新于 {0}", loading: "加载中", skip: "跳到数字",
  summaryTrend: "{0}：共 {1}，最高 {2}（{3}）。", summaryShare: "{0}：{1}。", zoom: "仅看 {0}",
};

/** API 机器值的名称。 */
export const ids: Record<keyof typeof english.ids, string> = {
  "(none)": "未知", "(direct)": "直接访问", "(other)": "其他", "(exit)": "离开", desktop: "桌面设备", mobile: "手机", tablet: "平板", tv: "电视", console: "游戏机",
  other: "其他", Direct: "直接访问", "Organic Search": "自然搜索", "Organic Social": "自然社交", "Organic Video": "自然视频", "Organic Shopping": "自然购物",
  "Paid Search": "付费搜索", "Paid Social": "付费社交", "Paid Video": "付费视频", "Paid Shopping": "付费购物", "Paid Other": "其他付费", Display: "展示广告", Email: "电子邮件",
  Affiliates: "联盟", Referral: "引荐", Audio: "音频", SMS: "短信", "Mobile Push Notifications": "推送通知", "AI Assistants": "AI 助手", "AI Assistant": "AI 助手",
  "Cross-network": "跨网络", Unassigned: "未归类",
};
